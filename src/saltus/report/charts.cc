#include "saltus/report/charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "saltus/report/markup.h"

namespace saltus {
namespace {

std::string draw_levels(const std::vector<Level>& levels, const Frame& frame) {
  std::string out;
  for (const Level& level : levels) {
    if (!std::isfinite(level.y)) continue;
    const double y = frame.y()(level.y);
    out += fmt::format("<line class=\"level\" x1=\"{}\" x2=\"{}\" y1=\"{}\" y2=\"{}\"/>\n",
                       coordinate(frame.x().from), coordinate(frame.x().to), coordinate(y),
                       coordinate(y));
    // Above the line, or below it where there is no room; on the left, where curves have yet to
    // rise.
    const double label_y = y - 6 < frame.y().to + 8 ? y + 15 : y - 6;
    out += draw_text(frame.x().from + 6, label_y, "start", "level-label", level.name);
  }
  return out;
}

bool drawable(const LineSeries& series, size_t i) {
  return std::isfinite(series.x[i]) && std::isfinite(series.y[i]);
}

std::string draw_band(const LineSeries& series, int style, const Frame& frame) {
  std::string upper, lower;
  for (size_t i = 0; i < series.x.size(); ++i) {
    if (!drawable(series, i) || !std::isfinite(series.low[i] + series.high[i])) continue;
    const std::string x = coordinate(frame.x()(series.x[i]));
    upper += fmt::format("{},{} ", x, coordinate(frame.y()(series.high[i])));
    lower = fmt::format("{},{} ", x, coordinate(frame.y()(series.low[i]))) + lower;
  }
  return fmt::format("<polygon class=\"band {}\" points=\"{}{}\"/>\n", style_class(style), upper,
                     lower);
}

std::string draw_error_bar(double x, double low, double high, const Frame& frame) {
  return fmt::format("<path class=\"error\" d=\"M{0} {1}V{2}M{3} {1}H{4}M{3} {2}H{4}\"/>\n",
                     coordinate(x), coordinate(frame.y()(low)), coordinate(frame.y()(high)),
                     coordinate(x - 3.5), coordinate(x + 3.5));
}

std::string draw_series(const LineSeries& series, int style, const Frame& frame) {
  std::string points, markers, errors;
  for (size_t i = 0; i < series.x.size(); ++i) {
    if (!drawable(series, i)) continue;
    const double x = frame.x()(series.x[i]), y = frame.y()(series.y[i]);
    points += coordinate(x) + "," + coordinate(y) + " ";
    std::string tip = fmt::format("{}: {} at {}", series.name, format_number(series.y[i]),
                                  format_number(series.x[i]));
    if (!series.low.empty()) {
      tip +=
          fmt::format(" ({} to {})", format_number(series.low[i]), format_number(series.high[i]));
      if (!series.connected) errors += draw_error_bar(x, series.low[i], series.high[i], frame);
    }
    if (series.markers) markers += draw_marker(style, x, y, tip);
  }
  std::string out = errors;
  if (series.connected) {
    if (!series.low.empty()) out += draw_band(series, style, frame);
    out += fmt::format("<polyline class=\"line {}\" points=\"{}\"/>\n", style_class(style), points);
  }
  return out + markers;
}

}  // namespace

std::string draw_chart(const LineChart& chart) {
  Extent x, y;
  std::vector<LegendEntry> legend;
  for (const LineSeries& series : chart.series) {
    for (size_t i = 0; i < series.x.size(); ++i) {
      x.add(series.x[i]);
      y.add(series.y[i]);
    }
    for (double value : series.low) y.add(value);
    for (double value : series.high) y.add(value);
    legend.push_back({series.name, static_cast<int>(legend.size()), false});
  }
  for (const Level& level : chart.levels) y.add(level.y);
  const Frame frame(chart.text.id, chart.text.title, chart.text.description, chart.x, chart.y, x, y,
                    legend);
  std::string marks;
  if (chart.shaded) {
    const double from = frame.x()(chart.shaded->first), to = frame.x()(chart.shaded->second);
    marks += fmt::format(
        "<rect class=\"shaded\" x=\"{}\" y=\"{}\" width=\"{}\" "
        "height=\"{}\"><title>{}</title></rect>\n",
        coordinate(from), coordinate(frame.y().to), coordinate(std::max(0.0, to - from)),
        coordinate(frame.y().from - frame.y().to), escape_markup(chart.shaded_name));
    marks += draw_text(from + 5, frame.y().to + 14, "start", "level-label", chart.shaded_name);
  }
  if (chart.diagonal) {
    const double low = std::max(frame.x().low, frame.y().low);
    const double high = std::min(frame.x().high, frame.y().high);
    marks += fmt::format("<line class=\"level\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>\n",
                         coordinate(frame.x()(low)), coordinate(frame.y()(low)),
                         coordinate(frame.x()(high)), coordinate(frame.y()(high)));
  }
  marks += draw_levels(chart.levels, frame);
  for (size_t i = 0; i < chart.series.size(); ++i) {
    marks += draw_series(chart.series[i], static_cast<int>(i), frame);
  }
  return frame.draw(marks);
}

std::string draw_chart(const BarChart& chart) {
  Extent y;
  y.add(0);
  std::vector<LegendEntry> legend;
  for (const BarChart::Series& series : chart.series) {
    for (const auto* values : {&series.value, &series.low, &series.high}) {
      for (const std::optional<double>& value : *values) y.add(value.value_or(0));
    }
    if (!series.name.empty()) {
      legend.push_back({series.name, static_cast<int>(legend.size()), true});
    }
  }
  for (const Level& level : chart.levels) y.add(level.y);
  Axis x_axis;
  x_axis.label = chart.x_label;
  x_axis.names = chart.groups;
  const Frame frame(chart.text.id, chart.text.title, chart.text.description, x_axis, chart.y, {}, y,
                    legend);
  const double slot = frame.x()(1) - frame.x()(0);
  const double width = std::min(34.0, slot * 0.8 / static_cast<double>(chart.series.size()));
  std::string marks = draw_levels(chart.levels, frame);
  for (size_t s = 0; s < chart.series.size(); ++s) {
    const BarChart::Series& series = chart.series[s];
    const double shift =
        (static_cast<double>(s) - 0.5 * static_cast<double>(chart.series.size() - 1));
    for (size_t g = 0; g < series.value.size(); ++g) {
      if (!series.value[g] || !std::isfinite(*series.value[g])) continue;
      const double value = *series.value[g];
      const double middle = frame.x()(static_cast<double>(g)) + shift * width;
      const double zero = frame.y()(std::max(0.0, frame.y().low)), end = frame.y()(value);
      const bool ranged = !series.low.empty() && series.low[g] && series.high[g];
      marks += fmt::format(
          "<rect class=\"bar {}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\">"
          "<title>{}{}{}: {}{}</title></rect>\n",
          style_class(static_cast<int>(s)), coordinate(middle - 0.46 * width),
          coordinate(std::min(zero, end)), coordinate(0.92 * width),
          coordinate(std::abs(zero - end)), escape_markup(chart.groups[g]),
          series.name.empty() ? "" : ", ", escape_markup(series.name), format_number(value),
          ranged ? fmt::format(" ({} to {})", format_number(series.low[g]),
                               format_number(series.high[g]))
                 : "");
      if (ranged) marks += draw_error_bar(middle, *series.low[g], *series.high[g], frame);
    }
  }
  return frame.draw(marks);
}

std::string draw_chart(const Histogram& chart) {
  Extent x;
  for (const Histogram::Series& series : chart.series) {
    for (double value : series.values) x.add(value);
  }
  const std::vector<double> ticks = nice_ticks(x.low, x.high, 6);
  const double low = ticks.front(), width = (ticks.back() - low) / chart.bins;
  std::vector<std::vector<double>> shares;
  std::vector<LegendEntry> legend;
  Extent y;
  y.add(0);
  for (const Histogram::Series& series : chart.series) {
    std::vector<double> share(static_cast<size_t>(chart.bins), 0.0);
    for (double value : series.values) {
      if (!std::isfinite(value)) continue;
      const auto bin = std::clamp(static_cast<int>((value - low) / width), 0, chart.bins - 1);
      share[static_cast<size_t>(bin)] += 100.0 / static_cast<double>(series.values.size());
    }
    for (double s : share) y.add(s);
    shares.push_back(std::move(share));
    legend.push_back({series.name, static_cast<int>(legend.size()), true});
  }
  Axis x_axis, y_axis;
  x_axis.label = chart.x_label;
  y_axis.label = "share of networks, %";
  const Frame frame(chart.text.id, chart.text.title, chart.text.description, x_axis, y_axis, x, y,
                    legend);
  std::string marks;
  for (size_t s = 0; s < shares.size(); ++s) {
    for (size_t b = 0; b < shares[s].size(); ++b) {
      if (shares[s][b] == 0) continue;
      const double from = low + static_cast<double>(b) * width;
      marks += fmt::format(
          "<rect class=\"bar overlay {}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\">"
          "<title>{}: {} % in {} to {}</title></rect>\n",
          style_class(static_cast<int>(s)), coordinate(frame.x()(from)),
          coordinate(frame.y()(shares[s][b])),
          coordinate(frame.x()(from + width) - frame.x()(from) - 0.6),
          coordinate(frame.y()(0) - frame.y()(shares[s][b])), escape_markup(chart.series[s].name),
          format_number(shares[s][b]), format_number(from), format_number(from + width));
    }
  }
  return frame.draw(marks);
}

}  // namespace saltus
