// The parts every chart shares: scales, ticks, the frame with grid and labels, the legend.
// Coordinates are SVG user units of a kChartWidth-wide picture; y grows downwards.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace saltus {

inline constexpr double kChartWidth = 480;
inline constexpr double kChartHeight = 310;

// Maps [low, high] of the data onto [from, to] of the picture.
struct Scale {
  double low = 0, high = 1;
  double from = 0, to = 1;
  double operator()(double value) const {
    return from + (value - low) / (high - low) * (to - from);
  }
};

// What the caller says about one axis.
struct Axis {
  std::string label;
  std::optional<double> low, high;  // absent: from the data, widened to whole ticks
  std::vector<std::string> names;   // categories at 0, 1, ...; replaces numeric ticks
  bool whole = false;               // ticks at whole numbers only (updates, iterations)
};

// Ticks at 1, 2 or 5 times a power of ten that cover [low, high] in about `count` steps, first and
// last included: the first is <= low and the last >= high. A flat or non-finite range is widened.
std::vector<double> nice_ticks(double low, double high, int count, bool whole = false);

// Running smallest and largest of finite values.
struct Extent {
  double low = 0, high = 0;
  bool empty = true;
  void add(double value);
};

// One entry of the legend; `style` chooses colour, dash, marker and hatch alike (see style_class).
struct LegendEntry {
  std::string name;
  int style = 0;
  bool bar = false;  // drawn as a filled box rather than a line with its marker
};

// CSS class of a style: "s0" to "s5".
std::string style_class(int style);
// A marker of the style's own shape at (x, y), `tip` as its hover text ("" for none).
std::string draw_marker(int style, double x, double y, const std::string& tip);

// The frame of a chart: knows where the data goes and draws everything around it.
class Frame {
 public:
  // `id` is unique on the page and made of [a-z0-9-]; title and description are read by screen
  // readers. Axis ranges come from the axis, else from the extent of the data.
  Frame(std::string id, std::string title, std::string description, const Axis& x_axis,
        const Axis& y_axis, const Extent& x_data, const Extent& y_data,
        std::vector<LegendEntry> legend);

  const Scale& x() const { return x_; }
  const Scale& y() const { return y_; }

  // The finished picture around `marks`, which are clipped to the plot.
  std::string draw(const std::string& marks) const;

 private:
  std::string draw_grid() const;
  std::string draw_legend() const;

  std::string id_, title_, description_;
  Axis x_axis_, y_axis_;
  std::vector<LegendEntry> legend_;
  std::vector<double> x_ticks_, y_ticks_;
  int label_rows_ = 1;
  double left_ = 0, right_ = 0, top_ = 0, bottom_ = 0;
  Scale x_, y_;
};

// A label anchored "start", "middle" or "end" at (x, y).
std::string draw_text(double x, double y, const std::string& anchor, const std::string& css_class,
                      const std::string& text);

}  // namespace saltus
