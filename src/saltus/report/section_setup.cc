// What the results were made from, what they cost, and where.
#include <fmt/format.h>

#include "saltus/report/charts.h"
#include "saltus/report/lookup.h"
#include "saltus/report/markup.h"
#include "saltus/report/page.h"
#include "saltus/report/sections.h"

namespace saltus {
namespace {

// Every plain value below `json` as a row "a, b: value"; arrays are joined.
void add_leaves(Table& table, const Json& json, const std::string& name) {
  if (json.is_object()) {
    for (const auto& [key, value] : json.items()) {
      add_leaves(table, value, name.empty() ? words_of(key) : name + ", " + words_of(key));
    }
    return;
  }
  std::string text;
  if (json.is_array()) {
    for (const Json& value : json) {
      if (value.is_structured()) return;
      text += (text.empty() ? "" : ", ") + text_at(value, "");
    }
  } else {
    text = text_at(json, "");
  }
  table.rows.push_back({name, text});
}

std::string leaf_table(const Json& results, const std::string& path, const std::string& caption) {
  const Json* part = find_value(results, path);
  if (part == nullptr) return "";
  Table table;
  table.numeric = false;
  table.caption = caption;
  add_leaves(table, *part, "");
  return draw_table(table);
}

std::string draw_course(const Json& results, const std::string& metric) {
  const std::vector<Json> course = list_at(results, "zoo/course");
  if (course.empty()) return "";
  LineChart chart;
  chart.text = {
      "zoo-course", "The zoo over the course of training",
      "Median " + metric + " of the training runs at each stage, with the 5 to 95 % band."};
  chart.x.label = "iteration";
  chart.y.label = metric;
  LineSeries series;
  series.name = "median, 5–95 % of runs";
  series.x = numbers_of(course, "iteration");
  series.y = numbers_of(course, "p50");
  series.low = numbers_of(course, "p05");
  series.high = numbers_of(course, "p95");
  chart.series = {series};
  return draw_figures(
      {draw_figure(draw_chart(chart), fmt::format("{} runs of the training split.",
                                                  text_at(results, "zoo/runs_by_split/train")))});
}

}  // namespace

std::string zoo_section(const Json& results) {
  const Json* zoo = find_value(results, "zoo");
  if (zoo == nullptr) return "";
  const std::string metric = text_at(results, "metric", "metric");
  Table table;
  table.numeric = false;
  table.rows = {
      {"runs (train / validation / test)",
       fmt::format("{} ({} / {} / {}), {} dropped", text_at(*zoo, "runs"),
                   text_at(*zoo, "runs_by_split/train"), text_at(*zoo, "runs_by_split/validation"),
                   text_at(*zoo, "runs_by_split/test"), text_at(*zoo, "dropped"))},
      {"checkpoints a run", text_at(*zoo, "checkpoints")},
      {metric + " of the last checkpoints, training split", distribution_at(*zoo, "final").text()},
      {metric + ", worst to best, training split",
       text_at(*zoo, "worst") + " to " + text_at(*zoo, "best")},
      {"hash", text_at(*zoo, "hash")}};
  const std::string shares = distribution_at(*zoo, "final").shares();
  if (!shares.empty()) table.rows.push_back({"last checkpoints", shares});
  return draw_course(results, metric) + draw_table(table) +
         leaf_table(*zoo, "made_by", "How it was made");
}

std::string generator_section(const Json& results) {
  const Json* generator = find_value(results, "generator");
  if (generator == nullptr) return "";
  Table table;
  table.numeric = false;
  table.rows = {{"parameters", text_at(*generator, "parameters")},
                {"training pairs seen", text_at(*generator, "samples_seen")},
                {"training time, s", text_at(*generator, "seconds")},
                {"prompts trained on",
                 text_at(*generator, "metric_low") + " to " + text_at(*generator, "metric_high")},
                {"hash", text_at(*generator, "hash")}};
  const std::string details = leaf_table(*generator, "config", "Configuration") +
                              leaf_table(results, "config", "Configuration of the evaluation");
  return draw_table(table) +
         (details.empty() ? ""
                          : "<details><summary>All options</summary>\n" + details + "</details>\n");
}

std::string cost_section(const Json& results) {
  const Json* cost = find_value(results, "cost");
  if (cost == nullptr) return "";
  Table table;
  table.caption = "Wall-clock time";
  table.head = {"", "seconds"};
  for (const auto& [key, name] : {std::pair("zoo_seconds", "building the zoo"),
                                  std::pair("generator_seconds", "training the generator"),
                                  std::pair("critic_seconds", "training the critic"),
                                  std::pair("total", "this evaluation")}) {
    table.rows.push_back({name, text_at(*cost, key, "not recorded")});
  }
  const Json* sections = find_value(*cost, "sections");
  if (sections != nullptr && sections->is_object()) {
    for (const auto& [name, seconds] : sections->items()) {
      table.rows.push_back({"– of it, " + words_of(name), text_at(seconds, "")});
    }
  }
  return draw_table(table);
}

std::string environment_section(const Json& results) {
  return leaf_table(results, "environment",
                    "Results repeat at equal settings; last digits may differ elsewhere");
}

}  // namespace saltus
