// What more evaluations of the generator are worth, and another way to sample.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "saltus/report/charts.h"
#include "saltus/report/lookup.h"
#include "saltus/report/markup.h"
#include "saltus/report/page.h"
#include "saltus/report/sections.h"

namespace saltus {
namespace {

std::string method_of(const Json& row) {
  const std::string method = text_at(row, "method", "?");
  const double stop = number_at(row, "stop_at").value_or(0);
  return stop > 0 ? fmt::format("{} to t = {:g}", method, stop) : method;
}

// `path` of every row over its evaluations, a line a method. Places on the axis are categories,
// since 1 and 1,000 do not fit on one scale.
LineChart chart_of(const std::vector<Json>& rows, const std::string& path) {
  std::set<double> counts;
  for (const Json& row : rows) counts.insert(number_at(row, "evaluations").value_or(0));
  LineChart chart;
  chart.x.label = "evaluations of the generator";
  for (const double count : counts) chart.x.names.push_back(fmt::format("{:g}", count));
  std::map<std::string, LineSeries> lines;
  for (const Json& row : rows) {
    const auto value = number_at(row, path);
    if (!value) continue;
    LineSeries& line = lines[method_of(row)];
    line.name = method_of(row);
    const auto place = counts.find(number_at(row, "evaluations").value_or(0));
    line.x.push_back(static_cast<double>(std::distance(counts.begin(), place)));
    line.y.push_back(*value);
  }
  for (auto& [name, line] : lines) chart.series.push_back(std::move(line));
  return chart;
}

}  // namespace

std::string samplers_section(const Json& results) {
  std::vector<Json> rows = list_at(results, "samplers");
  std::ranges::stable_sort(
      rows, {}, [](const Json& row) { return number_at(row, "evaluations").value_or(0); });
  if (rows.empty()) return "";
  const std::string metric = text_at(results, "metric", "metric");
  LineChart best = chart_of(rows, "one_update/mean"), followed = chart_of(rows, "alignment/r2");
  best.text = {"samplers-best", "One update at the best prompt",
               fmt::format("Mean {} after one update, by the number of evaluations.", metric)};
  best.y.label = metric + " after one update";
  followed.text = {"samplers-alignment", "Prompt alignment",
                   "R² a network over all prompts, by the number of evaluations."};
  followed.y.label = "R² a network";

  Table table;
  table.caption = "The same generator, sampled in several ways";
  table.head = {"",
                "evaluations",
                metric + " after one update",
                "R² a network",
                "spread of " + metric + " over noise",
                "an update, ms"};
  for (const Json& row : rows) {
    const auto seconds = number_at(row, "one_update/seconds_per_update");
    table.rows.push_back({method_of(row), text_at(row, "evaluations"),
                          distribution_at(row, "one_update").text(), text_at(row, "alignment/r2"),
                          text_at(row, "diversity/with/same_start/metric"),
                          seconds ? fmt::format("{:.3g}", 1000 * *seconds) : "n/a"});
  }
  return draw_paragraph(
             "How few evaluations of the network does a sample need? All rows are the same trained "
             "generator, with the same starts and prompts.") +
         draw_figures({draw_figure(draw_chart(best), "Scores at the zoo's best as prompt."),
                       draw_figure(draw_chart(followed), "Prompts of the alignment above.")}) +
         draw_table(table);
}

}  // namespace saltus
