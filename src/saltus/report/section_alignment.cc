// Asked against got, for the generator alone and with the critic's choice.
#include <fmt/format.h>

#include "saltus/report/charts.h"
#include "saltus/report/lookup.h"
#include "saltus/report/markup.h"
#include "saltus/report/page.h"
#include "saltus/report/sections.h"

namespace saltus {
namespace {

std::string row_name(const Json& row) {
  const std::string chooser = text_at(row, "chooser", "none");
  std::string name = chooser == "none" ? "generator alone" : "with " + chooser;
  // Only networks that act at random have two policies, and their scores an effort.
  if (number_at(row, "episodes")) name += ", " + text_at(row, "policy", "stochastic") + " policy";
  const std::string range = text_at(row, "range", "range");
  return range == "range" ? name : name + ", prompts to " + range;
}

std::string draw_row(const Json& results, const Json& row, const std::string& metric,
                     size_t index) {
  const std::vector<Json> points = list_at(row, "points");
  if (points.empty()) return "";
  LineChart chart;
  chart.text = {
      fmt::format("alignment-{}", index), "Prompt alignment: " + row_name(row),
      fmt::format("Mean {} reached for each prompt, with the 10 to 90 % band over starts; "
                  "the dashed diagonal is perfect obedience.",
                  metric)};
  chart.x.label = "asked: prompt " + metric;
  chart.y.label = "got: " + metric;
  chart.diagonal = true;
  LineSeries series;
  series.name = "mean, 10–90 % of starts";
  series.x = numbers_of(points, "prompt");
  series.y = numbers_of(points, "mean");
  series.low = numbers_of(points, "p10");
  series.high = numbers_of(points, "p90");
  chart.series = {series};
  const std::vector<double> reachable = numbers_at(row, "reachable");
  if (reachable.size() == 2) {
    chart.shaded = {reachable[0], reachable[1]};
    chart.shaded_name = "reachable";
  }
  std::string caption =
      fmt::format("{}: R² {} a network, {} on prompt means, {} starts a prompt, {}.", row_name(row),
                  text_at(row, "r2"), text_at(row, "r2_means"), text_at(row, "starts"),
                  measured_text(results, row));
  if (const Json* note = find_value(row, "note"); note != nullptr && note->is_string()) {
    caption += " " + note->get<std::string>();
  }
  return draw_figure(draw_chart(chart), caption);
}

}  // namespace

std::string alignment_section(const Json& results) {
  const Json* alignment = find_value(results, "alignment");
  if (alignment == nullptr) return "";
  std::vector<Json> rows = list_at(*alignment, "rows");
  if (rows.empty()) rows.push_back(*alignment);
  const std::string metric = text_at(results, "metric", "metric");

  std::string out = draw_paragraph(fmt::format(
      "Does the result follow the prompt? Every start is asked for every prompt. Shaded: the "
      "reachable "
      "range, the longest run of neighbouring prompts whose mean lies within {} of what was asked.",
      text_at(*alignment, "tolerance")));
  std::vector<std::string> figures;
  Table table;
  table.caption = "Agreement of asked and got, over all starts and prompts";
  table.head = {"",      "R² a network", "R² of means", "R² a start",
                "slope", "correlation",  "largest gap", "starts"};
  for (size_t i = 0; i < rows.size(); ++i) {
    const Json& row = rows[i];
    figures.push_back(draw_row(results, row, metric, i));
    table.rows.push_back({row_name(row), text_at(row, "r2"), text_at(row, "r2_means"),
                          text_at(row, "r2_reference_form"), text_at(row, "slope"),
                          text_at(row, "correlation"), text_at(row, "worst_gap"),
                          text_at(row, "starts")});
  }
  return out + draw_figures(figures) + draw_table(table);
}

}  // namespace saltus
