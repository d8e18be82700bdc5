// Charts as self-contained SVG, coloured by the page's style sheet. Each takes plain data, leaves
// out what is not finite, and gives every mark a hover text with its exact numbers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "saltus/report/axes.h"

namespace saltus {

// What every chart has. `id` is unique on the page, made of [a-z0-9-].
struct ChartText {
  std::string id, title, description;
};

struct LineSeries {
  std::string name;
  std::vector<double> x, y;
  std::vector<double> low, high;  // the band around y, in data units; empty: no band
  bool connected = true;          // false: markers alone
  bool markers = true;
};

// A dashed line across the plot at `y`.
struct Level {
  double y = 0;
  std::string name;
};

// Lines and points with bands; as a scatter plot when not connected.
struct LineChart {
  ChartText text;
  Axis x, y;
  std::vector<LineSeries> series;
  std::vector<Level> levels;
  bool diagonal = false;                            // y = x, for "asked against got"
  std::optional<std::pair<double, double>> shaded;  // an x range, say the reachable one
  std::string shaded_name;
};
std::string draw_chart(const LineChart& chart);

// Grouped bars, absent values left out, with error bars from low to high.
struct BarChart {
  ChartText text;
  Axis y;
  std::string x_label;
  std::vector<std::string> groups;
  struct Series {
    std::string name;  // "" when there is but one series: no legend
    std::vector<std::optional<double>> value, low, high;  // one a group; low, high may be empty
  };
  std::vector<Series> series;
  std::vector<Level> levels;
};
std::string draw_chart(const BarChart& chart);

// Overlaid histograms with shared bins; heights are shares of each series in percent.
struct Histogram {
  ChartText text;
  std::string x_label;
  int bins = 25;
  struct Series {
    std::string name;
    std::vector<double> values;
  };
  std::vector<Series> series;
};
std::string draw_chart(const Histogram& chart);

}  // namespace saltus
