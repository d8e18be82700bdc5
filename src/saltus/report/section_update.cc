// One update against the population's own optimiser, and the spread over starts.
#include <fmt/format.h>

#include "saltus/report/charts.h"
#include "saltus/report/lookup.h"
#include "saltus/report/markup.h"
#include "saltus/report/page.h"
#include "saltus/report/sections.h"

namespace saltus {
namespace {

// "SGD, learning_rate 0.1, schedule cosine".
std::string settings_text(const Json& optimiser) {
  std::string out = spelled_optimiser(text_at(optimiser, "optimiser", "optimiser"));
  const Json* settings = find_value(optimiser, "settings");
  if (settings == nullptr || !settings->is_object()) return out;
  for (const auto& [key, value] : settings->items()) {
    out += fmt::format(", {} {}", key, text_at(*settings, key));
  }
  return out;
}

// Every setting that was tried from the same starts.
std::string tried_table(const Json& results) {
  const std::vector<Json> tried = list_at(results, "optimisers/tried");
  if (tried.empty()) return "";
  Table table;
  table.caption = fmt::format("Optimisers tried from the same starts: {} at the end",
                              text_at(results, "metric", "metric"));
  table.head = {"", "steps", "mean", "std", "lowest", "highest", "steps to match one update"};
  for (const Json& entry : tried) {
    const Distribution end = distribution_at(entry, "final");
    const std::vector<Json> curve = list_at(entry, "curve");
    table.rows.push_back({settings_text(entry),
                          curve.empty() ? "n/a" : text_at(curve.back(), "iteration"),
                          format_number(end.mean), format_number(end.std), format_number(end.min),
                          format_number(end.max), text_at(entry, "steps_to_match", "never")});
  }
  return draw_table(table);
}

std::string draw_optimiser(const Json& results, const std::string& key, const Json& optimiser,
                           size_t index) {
  const std::string name = key == "tuned" ? "the best of those tried, " + settings_text(optimiser)
                                          : spelled_optimiser(key);
  const std::vector<Json> curve = list_at(optimiser, "curve");
  if (curve.empty()) return "";
  const std::string metric = text_at(results, "metric", "metric");
  const Distribution one = distribution_at(results, "one_update");
  LineChart chart;
  chart.text = {
      fmt::format("optimiser-{}", index), "One update against " + name,
      fmt::format("Mean {} of {} over its iterations, with the level that one update of the "
                  "generator reaches.",
                  metric, name)};
  chart.x.label = "iterations of " + name;
  chart.y.label = metric;
  LineSeries series;
  series.name = name + ", mean over starts";
  series.x = numbers_of(curve, "iteration");
  series.y = numbers_of(curve, "mean");
  series.markers = curve.size() <= 60;
  chart.series = {series};
  if (!one.empty()) chart.levels = {{*one.mean, "one update: " + format_number(one.mean)}};
  const std::string match =
      number_at(optimiser, "steps_to_match")
          ? fmt::format(
                "It matches one update after {} iterations ({} s for one run): {} updates of "
                "the generator fit in that time.",
                text_at(optimiser, "steps_to_match"), text_at(optimiser, "seconds_to_match"),
                text_at(optimiser, "updates_per_match"))
          : "It never reaches the mean of one update within this curve.";
  return draw_figure(draw_chart(chart),
                     fmt::format("{} from {} starts of the same kind; end: {}. {}", name,
                                 text_at(optimiser, "starts", text_at(optimiser, "final/count")),
                                 distribution_at(optimiser, "final").text(), match));
}

std::string draw_spread(const Json& results) {
  const std::vector<double> values = numbers_at(results, "one_update/values");
  if (values.empty()) return "";
  const std::string metric = text_at(results, "metric", "metric");
  Histogram chart;
  chart.text = {"one-update-spread", "Networks before and after one update",
                "Histogram of the " + metric + " of every start before and after one update."};
  chart.x_label = metric;
  chart.series.push_back({"after one update", values});
  const std::vector<double> before = numbers_at(results, "one_update/start/values");
  if (!before.empty()) chart.series.push_back({"before", before});
  return draw_figure(draw_chart(chart),
                     fmt::format("{} starts, one update each, {}. Before: {}.", values.size(),
                                 measured_text(results, results["one_update"]),
                                 distribution_at(results, "one_update/start").text()));
}

std::vector<std::string> distribution_row(const std::string& name, const Distribution& d) {
  return {name,
          format_number(d.count),
          format_number(d.mean),
          format_number(d.std),
          format_number(d.min),
          format_number(d.p05),
          format_number(d.p50),
          format_number(d.max)};
}

}  // namespace

std::string one_update_section(const Json& results) {
  const Distribution one = distribution_at(results, "one_update");
  if (one.empty()) return "";
  std::string out = draw_paragraph(
      fmt::format("Each start gets one update with the prompt {}, the zoo's best {}. {}.",
                  text_at(results, "one_update/prompt"), text_at(results, "metric", "metric"),
                  one.shares().empty() ? "Mean " + one.text() : one.shares()));
  std::vector<std::string> figures;
  const Json* optimisers = find_value(results, "optimisers");
  if (optimisers != nullptr && optimisers->is_object()) {
    for (const auto& [name, optimiser] : optimisers->items()) {
      if (name == "tried") continue;
      figures.push_back(draw_optimiser(results, name, optimiser, figures.size()));
    }
  }
  figures.push_back(draw_spread(results));
  out += draw_figures(figures);

  Table table;
  table.caption = fmt::format("{} before and after, {}", text_at(results, "metric", "metric"),
                              measured_text(results, results["one_update"]));
  table.head = {"", "networks", "mean", "std", "lowest", "5 %", "median", "highest"};
  table.rows.push_back(distribution_row(find_value(results, "one_update/deterministic") == nullptr
                                            ? "after one update"
                                            : "after one update, acting by sampling",
                                        one));
  for (const auto& [key, name] :
       {std::pair("deterministic", "after one update, acting by the mean"),
        std::pair("start", "before")}) {
    const Distribution d = distribution_at(results, std::string("one_update/") + key);
    if (!d.empty()) table.rows.push_back(distribution_row(name, d));
  }
  return out + draw_table(table) + tried_table(results);
}

}  // namespace saltus
