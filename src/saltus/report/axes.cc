#include "saltus/report/axes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "saltus/report/markup.h"

namespace saltus {

std::vector<double> nice_ticks(double low, double high, int count, bool whole) {
  if (!std::isfinite(low) || !std::isfinite(high)) low = 0, high = 1;
  if (low > high) std::swap(low, high);
  if (high - low <= 1e-9 * std::max(std::abs(low), std::abs(high))) {
    const double half = std::max(0.5, std::abs(low) * 0.05);
    low -= half, high += half;
  }
  const double rough = (high - low) / count;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough * 0.999) {
      step = factor * power;
      break;
    }
  }
  if (whole) step = std::max(1.0, std::round(step));
  const auto first = static_cast<int64_t>(std::floor(low / step + 1e-6));
  const auto last = static_cast<int64_t>(std::ceil(high / step - 1e-6));
  std::vector<double> ticks;
  for (int64_t i = first; i <= last; ++i) ticks.push_back(static_cast<double>(i) * step);
  return ticks;
}

void Extent::add(double value) {
  if (!std::isfinite(value)) return;
  low = empty ? value : std::min(low, value);
  high = empty ? value : std::max(high, value);
  empty = false;
}

std::string style_class(int style) { return fmt::format("s{}", style % 6); }

std::string draw_text(double x, double y, const std::string& anchor, const std::string& css_class,
                      const std::string& text) {
  return fmt::format("<text class=\"{}\" x=\"{}\" y=\"{}\" text-anchor=\"{}\">{}</text>\n",
                     css_class, coordinate(x), coordinate(y), anchor, escape_markup(text));
}

std::string draw_marker(int style, double x, double y, const std::string& tip) {
  const std::string title = tip.empty() ? "" : "<title>" + escape_markup(tip) + "</title>";
  const std::string css_class = "mark " + style_class(style);
  auto path = [&](const std::string& data) {
    return fmt::format("<path class=\"{}\" transform=\"translate({} {})\" d=\"{}\">{}</path>\n",
                       css_class, coordinate(x), coordinate(y), data, title);
  };
  switch (style % 4) {
    case 0:
      return fmt::format("<circle class=\"{}\" cx=\"{}\" cy=\"{}\" r=\"3.4\">{}</circle>\n",
                         css_class, coordinate(x), coordinate(y), title);
    case 1:
      return path("M-3.2-3.2h6.4v6.4h-6.4z");
    case 2:
      return path("M0-4.4L4.2 3.2H-4.2z");
    default:
      return path("M0-4.6L4.6 0 0 4.6-4.6 0z");
  }
}

namespace {

constexpr double kLegendRow = 19, kLabelRow = 16;
constexpr double kLetter = 6.6;  // a generous mean width of a letter at the chart's 13 units

// In how many rows category labels must be staggered so that neighbours do not overlap.
int label_rows(const std::vector<std::string>& names, double room) {
  size_t longest = 0;
  for (const std::string& name : names) longest = std::max(longest, name.size());
  const double needed = static_cast<double>(longest) * kLetter + 8;
  const double rows = std::ceil(needed * static_cast<double>(names.size()) / room);
  return static_cast<int>(std::clamp(rows, 1.0, 3.0));
}

struct LegendPlace {
  double x, row;
};

// Entries from left to right, wrapped into rows.
std::vector<LegendPlace> place_legend(const std::vector<LegendEntry>& legend, double left,
                                      double right) {
  std::vector<LegendPlace> places;
  double x = left, row = 0;
  for (const LegendEntry& entry : legend) {
    const double width = 30 + kLetter * static_cast<double>(entry.name.size()) + 12;
    if (x > left && x + width > right) x = left, row += 1;
    places.push_back({x, row});
    x += width;
  }
  return places;
}

}  // namespace

Frame::Frame(std::string id, std::string title, std::string description, const Axis& x_axis,
             const Axis& y_axis, const Extent& x_data, const Extent& y_data,
             std::vector<LegendEntry> legend)
    : id_(std::move(id)),
      title_(std::move(title)),
      description_(std::move(description)),
      x_axis_(x_axis),
      y_axis_(y_axis),
      legend_(std::move(legend)) {
  y_ticks_ = nice_ticks(y_axis.low.value_or(y_data.low), y_axis.high.value_or(y_data.high), 5,
                        y_axis.whole);
  size_t widest = 1;
  for (double tick : y_ticks_) widest = std::max(widest, format_number(tick).size());
  left_ = 26 + kLetter * static_cast<double>(widest) + 6;
  right_ = kChartWidth - 14;
  const double rows = legend_.empty() ? 0 : place_legend(legend_, 8, right_).back().row + 1;
  top_ = 12 + rows * kLegendRow;
  label_rows_ = label_rows(x_axis.names, right_ - left_);
  bottom_ = kChartHeight - 30 - kLabelRow * label_rows_ - (x_axis.label.empty() ? -16 : 0);

  if (x_axis.names.empty()) {
    x_ticks_ = nice_ticks(x_axis.low.value_or(x_data.low), x_axis.high.value_or(x_data.high), 6,
                          x_axis.whole);
    x_ = {x_ticks_.front(), x_ticks_.back(), left_, right_};
  } else {
    for (size_t i = 0; i < x_axis.names.size(); ++i) x_ticks_.push_back(static_cast<double>(i));
    x_ = {-0.5, static_cast<double>(x_axis.names.size()) - 0.5, left_, right_};
  }
  y_ = {y_ticks_.front(), y_ticks_.back(), bottom_, top_};
}

std::string Frame::draw_grid() const {
  std::string out;
  for (double tick : y_ticks_) {
    const std::string y = coordinate(y_(tick));
    out += fmt::format("<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{}\" y2=\"{}\"/>\n",
                       coordinate(left_), coordinate(right_), y, y);
    out += draw_text(left_ - 7, y_(tick) + 4.5, "end", "tick", format_number(tick));
  }
  for (size_t i = 0; i < x_ticks_.size(); ++i) {
    const double x = x_(x_ticks_[i]);
    const std::string label = x_axis_.names.empty() ? format_number(x_ticks_[i]) : x_axis_.names[i];
    out += fmt::format("<line class=\"axis\" x1=\"{0}\" x2=\"{0}\" y1=\"{1}\" y2=\"{2}\"/>\n",
                       coordinate(x), coordinate(bottom_), coordinate(bottom_ + 4));
    const double row = static_cast<double>(i % static_cast<size_t>(label_rows_));
    out += draw_text(x, bottom_ + 18 + kLabelRow * row, "middle", "tick", label);
  }
  out += fmt::format("<line class=\"axis\" x1=\"{0}\" x2=\"{1}\" y1=\"{2}\" y2=\"{2}\"/>\n",
                     coordinate(left_), coordinate(right_), coordinate(bottom_));
  out += draw_text((left_ + right_) / 2, kChartHeight - 8, "middle", "label", x_axis_.label);
  const double middle = (top_ + bottom_) / 2;
  out += fmt::format(
      "<text class=\"label\" transform=\"translate(14 {}) rotate(-90)\" "
      "text-anchor=\"middle\">{}</text>\n",
      coordinate(middle), escape_markup(y_axis_.label));
  return out;
}

std::string Frame::draw_legend() const {
  std::string out;
  const std::vector<LegendPlace> places = place_legend(legend_, 8, right_);
  for (size_t i = 0; i < legend_.size(); ++i) {
    const LegendEntry& entry = legend_[i];
    const double x = places[i].x, y = 12 + places[i].row * kLegendRow;
    if (entry.bar) {
      out += fmt::format("<rect class=\"bar {}\" x=\"{}\" y=\"{}\" width=\"22\" height=\"11\"/>\n",
                         style_class(entry.style), coordinate(x), coordinate(y - 6));
    } else {
      out += fmt::format("<line class=\"line {}\" x1=\"{}\" x2=\"{}\" y1=\"{}\" y2=\"{}\"/>\n",
                         style_class(entry.style), coordinate(x), coordinate(x + 22), coordinate(y),
                         coordinate(y));
      out += draw_marker(entry.style, x + 11, y, "");
    }
    out += draw_text(x + 28, y + 4.5, "start", "label", entry.name);
  }
  return out;
}

std::string Frame::draw(const std::string& marks) const {
  return fmt::format(
      "<svg class=\"chart\" viewBox=\"0 0 {w} {h}\" role=\"img\" "
      "aria-labelledby=\"{id}-title {id}-desc\">\n"
      "<title id=\"{id}-title\">{title}</title>\n<desc id=\"{id}-desc\">{desc}</desc>\n"
      "<clipPath id=\"{id}-clip\"><rect x=\"{x}\" y=\"{y}\" width=\"{pw}\" "
      "height=\"{ph}\"/></clipPath>\n"
      "{grid}<g clip-path=\"url(#{id}-clip)\">\n{marks}</g>\n{legend}</svg>\n",
      fmt::arg("w", coordinate(kChartWidth)), fmt::arg("h", coordinate(kChartHeight)),
      fmt::arg("id", id_), fmt::arg("title", escape_markup(title_)),
      fmt::arg("desc", escape_markup(description_)), fmt::arg("x", coordinate(left_ - 5)),
      fmt::arg("y", coordinate(top_ - 5)), fmt::arg("pw", coordinate(right_ - left_ + 10)),
      fmt::arg("ph", coordinate(bottom_ - top_ + 6)), fmt::arg("grid", draw_grid()),
      fmt::arg("marks", marks), fmt::arg("legend", draw_legend()));
}

}  // namespace saltus
