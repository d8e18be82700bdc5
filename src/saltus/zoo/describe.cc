#include <algorithm>
#include <array>
#include <cmath>

#include "saltus/base/error.h"
#include "saltus/base/quantile.h"
#include "saltus/zoo/verify.h"

namespace saltus {
namespace {

constexpr int64_t kPoints = 10;  // rows of the table over the course of training
constexpr std::array<double, 5> kQuantiles = {0.05, 0.25, 0.5, 0.75, 0.95};
constexpr std::array<const char*, 5> kQuantileNames = {"p05", "p25", "p50", "p75", "p95"};

// Checkpoint indices spread evenly from the first to the last.
std::vector<int64_t> course(int64_t checkpoints) {
  const int64_t points = std::min(kPoints, checkpoints);
  std::vector<int64_t> indices;
  for (int64_t i = 0; i < points; ++i) {
    indices.push_back(points == 1 ? 0 : (i * (checkpoints - 1) + (points - 1) / 2) / (points - 1));
  }
  return indices;
}

Json metric_course(const Zoo& zoo, int64_t m) {
  Json points = Json::array();
  if (zoo.runs() == 0) return points;
  for (int64_t c : course(zoo.checkpoints())) {
    std::vector<float> values;
    for (int64_t r = 0; r < zoo.runs(); ++r) {
      const float value = zoo.metric(r, c, m);
      if (!std::isnan(value)) values.push_back(value);
    }
    if (values.empty()) continue;
    std::ranges::sort(values);
    Json point = {{"checkpoint", c}, {"iteration", zoo.iterations(0)[static_cast<size_t>(c)]}};
    for (size_t i = 0; i < kQuantiles.size(); ++i) {
      point[kQuantileNames[i]] = sorted_quantile(values, kQuantiles[i]);
    }
    points.push_back(std::move(point));
  }
  return points;
}

std::string metric_table(const Json& metric) {
  std::string text = fmt::format(
      "\n{} ({}, measured on {}) over the course of training\n", metric["name"].get<std::string>(),
      metric["direction"].get<std::string>(), metric["measured_on"].get<std::string>());
  text += fmt::format("  {:>10} {:>10}", "checkpoint", "iteration");
  for (const char* name : kQuantileNames) text += fmt::format(" {:>10}", name);
  text += "\n";
  for (const Json& point : metric["course"]) {
    text += fmt::format("  {:>10} {:>10}", point["checkpoint"].get<int64_t>(),
                        point["iteration"].get<int64_t>());
    for (const char* name : kQuantileNames) {
      text += fmt::format(" {:>10.4g}", point[name].get<double>());
    }
    text += "\n";
  }
  return text;
}

}  // namespace

Json zoo_summary(const Zoo& zoo) {
  const ZooDescription& d = zoo.description();
  Json splits = Json::object(), metrics = Json::array();
  for (Split split : {Split::train, Split::validation, Split::test}) {
    splits[std::string(split_name(split))] = zoo.runs_of(split).size();
  }
  for (size_t m = 0; m < d.metrics.size(); ++m) {
    Json metric = d.metrics[m].to_json();
    metric["course"] = metric_course(zoo, static_cast<int64_t>(m));
    metrics.push_back(std::move(metric));
  }
  return {{"task", d.task},
          {"complete", zoo.complete()},
          {"runs", zoo.runs()},
          {"dropped", zoo.dropped()},
          {"splits", splits},
          {"checkpoints", zoo.checkpoints()},
          {"parameters", zoo.parameters()},
          {"dtype", dtype_name(d.dtype)},
          {"bytes", zoo.bytes()},
          {"hash", hash_text(zoo.hash())},
          {"metrics", metrics},
          {"made_by", d.made_by}};
}

std::string describe_zoo(const Zoo& zoo) {
  const Json summary = zoo_summary(zoo);
  const auto row = [](std::string_view name, const std::string& value) {
    return fmt::format("{:<12} {}\n", name, value);
  };
  const Json& splits = summary["splits"];
  std::string text;
  text += row("zoo", zoo.folder().string() + (zoo.complete() ? "" : " (not complete)"));
  text += row("task", summary["task"].get<std::string>());
  text +=
      row("runs", fmt::format("{} ({} train, {} validation, {} test; {} dropped)", zoo.runs(),
                              splits["train"].get<int64_t>(), splits["validation"].get<int64_t>(),
                              splits["test"].get<int64_t>(), zoo.dropped()));
  text += row("checkpoints", fmt::format("{} a run, {} in all", zoo.checkpoints(),
                                         zoo.runs() * zoo.checkpoints()));
  text += row("parameters", fmt::format("{} {} a checkpoint", zoo.parameters(),
                                        summary["dtype"].get<std::string>()));
  text += row("size", fmt::format("{:.1f} MB", static_cast<double>(zoo.bytes()) / 1e6));
  text += row("hash", summary["hash"].get<std::string>());
  text += row("made by", zoo.description().made_by.dump());
  for (const Json& metric : summary["metrics"]) text += metric_table(metric);
  return text;
}

}  // namespace saltus
