// What depends on the start: other initialisers, repeated updates, whose update it is, diversity.
#include <fmt/format.h>

#include <algorithm>

#include "saltus/report/charts.h"
#include "saltus/report/lookup.h"
#include "saltus/report/markup.h"
#include "saltus/report/page.h"
#include "saltus/report/sections.h"

namespace saltus {
namespace {

void add_bar(BarChart::Series& series, const Distribution& d) {
  series.value.push_back(d.mean);
  series.low.push_back(d.p05);
  series.high.push_back(d.p95);
}

std::string percent(std::optional<double> share) {
  return share ? format_number(100 * *share) + " %" : "n/a";
}

// How many networks of each initialiser reach each threshold, after the first and the last update.
std::string draw_shares(const Json& schemes) {
  Table table;
  table.caption =
      "Share of starts at a metric or better: first = one update, nothing chosen; last = after all "
      "updates, each kept only if better";
  for (const auto& [name, scheme] : schemes.items()) {
    const std::vector<Json> updates = list_at(scheme, "updates");
    const Distribution first = distribution_at(scheme, "plain_first");
    const Distribution last =
        updates.empty() ? Distribution{} : distribution_at(updates.back(), "");
    if (table.head.empty()) {
      table.head.push_back("initialiser");
      for (const auto& entry : first.share_at_least) table.head.push_back(entry.first + ", first");
      for (const auto& entry : last.share_at_least) table.head.push_back(entry.first + ", last");
    }
    std::vector<std::string> row = {name};
    for (const auto& entry : first.share_at_least) row.push_back(percent(entry.second));
    for (const auto& entry : last.share_at_least) row.push_back(percent(entry.second));
    table.rows.push_back(std::move(row));
  }
  return draw_table(table);
}

}  // namespace

std::string initialisers_section(const Json& results) {
  const Json* schemes = find_value(results, "initialisers");
  if (schemes == nullptr || !schemes->is_object() || schemes->empty()) return "";
  const std::string metric = text_at(results, "metric", "metric");
  size_t most = 0;
  for (const auto& [name, scheme] : schemes->items()) {
    most = std::max(most, list_at(scheme, "updates").size());
  }
  BarChart chart;
  chart.text = {"initialisers", "Other initialisers",
                "Mean " + metric + " of each initialiser before and after each update."};
  chart.y.label = metric;
  chart.x_label = "initialiser of the start";
  chart.series.push_back({"before", {}, {}, {}});
  for (size_t u = 1; u <= most; ++u) {
    chart.series.push_back({fmt::format("{} update{}", u, u == 1 ? "" : "s"), {}, {}, {}});
  }
  Table table;
  table.caption = fmt::format(
      "{}, mean ± std over starts; an update is kept only if better, but for “1, nothing chosen”",
      metric);
  table.head = {"initialiser", "starts", "before"};
  for (size_t u = 1; u <= most; ++u) table.head.push_back(fmt::format("update {}", u));
  table.head.push_back("1, nothing chosen");
  for (const auto& [name, scheme] : schemes->items()) {
    chart.groups.push_back(name);
    const Distribution start = distribution_at(scheme, "start");
    add_bar(chart.series[0], start);
    std::vector<std::string> row = {name, format_number(start.count), start.spread_text()};
    const std::vector<Json> updates = list_at(scheme, "updates");
    for (size_t u = 0; u < most; ++u) {
      const Distribution d = u < updates.size() ? distribution_at(updates[u], "") : Distribution{};
      add_bar(chart.series[u + 1], d);
      row.push_back(d.spread_text());
    }
    row.push_back(distribution_at(scheme, "plain_first").spread_text());
    table.rows.push_back(std::move(row));
  }
  return draw_figures({draw_figure(draw_chart(chart),
                                   "Bars: mean over starts; whiskers: 5 to 95 % of starts. Counts "
                                   "and standard deviations stand in the table.")}) +
         draw_table(table) + draw_shares(*schemes);
}

std::string recursion_section(const Json& results) {
  const std::vector<Json> steps = list_at(results, "recursion");
  if (steps.empty()) return "";
  const std::string metric = text_at(results, "metric", "metric");
  LineChart chart;
  chart.text = {"recursion", "Repeated updates",
                "Mean " + metric + " after each repeated update, taken always or only if better."};
  chart.x.label = "updates";
  chart.x.whole = true;
  chart.y.label = metric;
  Table table;
  table.caption = metric + ", mean ± std over starts";
  table.head = {"update",     "always taken",  "taken if better",
                "5 % always", "5 % if better", "taken"};
  for (const auto& [key, name] :
       {std::pair("keep_if_better", "taken only if better"), std::pair("plain", "always taken")}) {
    LineSeries series;
    series.name = name;
    series.x = numbers_of(steps, "update");
    series.y = numbers_of(steps, std::string(key) + "/mean");
    series.low = numbers_of(steps, std::string(key) + "/p05");
    series.high = numbers_of(steps, std::string(key) + "/p95");
    chart.series.push_back(series);
  }
  for (const Json& step : steps) {
    const Distribution plain = distribution_at(step, "plain");
    const Distribution kept = distribution_at(step, "keep_if_better");
    table.rows.push_back({text_at(step, "update"), plain.text(), kept.text(),
                          format_number(plain.p05), format_number(kept.p05),
                          percent(number_at(step, "kept"))});
  }
  return draw_figures(
             {draw_figure(draw_chart(chart),
                          "Lines: mean over starts; bands: 5 to 95 % of starts. Whether a "
                          "network is better is judged on other episodes than its score.")}) +
         draw_table(table);
}

std::string start_dependence_section(const Json& results) {
  const Json* part = find_value(results, "start_dependence");
  if (part == nullptr) return "";
  const std::string metric = text_at(results, "metric", "metric");
  BarChart chart;
  chart.text = {"start-dependence", "Own and foreign updates",
                "Mean " + metric +
                    " of starts with their own update, with the update computed for "
                    "another start, and with none."};
  chart.y.label = metric;
  chart.series.push_back({"", {}, {}, {}});
  Table table;
  table.caption = metric + ", mean ± std";
  table.head = {"", metric};
  for (const auto& [key, name] :
       {std::pair("own", "own update"), std::pair("other", "another start's update"),
        std::pair("start", "no update")}) {
    const Distribution d = distribution_at(*part, key);
    if (d.empty()) continue;
    chart.groups.push_back(name);
    add_bar(chart.series[0], d);
    table.rows.push_back({name, d.text()});
  }
  if (chart.groups.empty()) return "";
  return draw_paragraph(
             "An update computed for one start is added to another. If the generator only "
             "moved every network to one good place, both would do equally well.") +
         draw_figures({draw_figure(draw_chart(chart), "Bars: mean; whiskers: 5 to 95 %.")}) +
         draw_table(table);
}

std::string diversity_section(const Json& results) {
  const Json* part = find_value(results, "diversity");
  if (part == nullptr) return "";
  Table table;
  table.caption = fmt::format("Spread over {} noises of one start, and over {} starts at one noise",
                              text_at(*part, "with/noises", text_at(*part, "noises")),
                              text_at(*part, "with/starts", text_at(*part, "starts")));
  table.head = {"",
                "weights, noise",
                "weights, starts",
                "actions, noise",
                "actions, starts",
                "metric, noise",
                "metric, starts",
                "rms action"};
  for (const auto& [key, name] :
       {std::pair("with", "this generator"),
        std::pair("without_function_loss", "trained without function loss")}) {
    const Json* row = find_value(*part, key);
    if (row == nullptr) continue;
    std::vector<std::string> cells = {name};
    for (const char* what : {"weights", "actions", "metric"}) {
      cells.push_back(text_at(*row, std::string("same_start/") + what));
      cells.push_back(text_at(*row, std::string("same_noise/") + what));
    }
    cells.push_back(text_at(*row, "action_rms"));
    table.rows.push_back(std::move(cells));
  }
  return draw_paragraph(
             "How much the sampling noise changes the result, against how much the start "
             "does. Weights: rms distance from the mean, divided by the length of an "
             "update. Actions: rms spread of the outputs on fixed inputs. Metric: standard "
             "deviation.") +
         draw_table(table);
}

}  // namespace saltus
