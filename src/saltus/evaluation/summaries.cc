#include <ATen/Version.h>
#include <torch/torch.h>
#include <torch/version.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "saltus/evaluation/sections.h"

namespace saltus {
namespace {

std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

// The first of `keys` that `made_by` records as a number, else null.
Json recorded(const Json& made_by, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    if (made_by.is_object() && made_by.contains(key) && made_by[key].is_number())
      return made_by[key];
  }
  return nullptr;
}

}  // namespace

Json zoo_summary(const Bench& bench) {
  const Zoo& zoo = bench.inputs.zoo;
  const int64_t last = zoo.checkpoints() - 1;
  const auto metric_column = static_cast<int64_t>(bench.zoo_metric());
  const auto at_checkpoint = [&](int64_t c) {
    std::vector<double> values;
    for (const int64_t r : bench.training_runs()) values.push_back(zoo.metric(r, c, metric_column));
    return distribution(bench, at::tensor(values, at::kDouble));
  };
  Json course = Json::array();
  const int64_t shown = std::min<int64_t>(zoo.checkpoints(), 24);
  for (int64_t i = 0; i < shown; ++i) {
    const int64_t c = shown == 1 ? last : i * last / (shown - 1);
    const Json values = at_checkpoint(c);
    course.push_back(
        {{"iteration", zoo.iterations(bench.training_runs().front())[static_cast<size_t>(c)]},
         {"p05", values["p05"]},
         {"p50", values["p50"]},
         {"p95", values["p95"]}});
  }
  Json splits = Json::object();
  for (const Split split : {Split::train, Split::validation, Split::test}) {
    splits[std::string(split_name(split))] = zoo.runs_of(split).size();
  }
  return {{"runs", zoo.runs()},         {"checkpoints", zoo.checkpoints()},
          {"dropped", zoo.dropped()},   {"hash", hash_text(zoo.hash())},
          {"runs_by_split", splits},    {"best", bench.zoo_best()},
          {"worst", bench.zoo_worst()}, {"final", at_checkpoint(last)},
          {"course", course},           {"made_by", zoo.description().made_by}};
}

Json generator_summary(const Generator& generator) {
  const GeneratorDescription& description = generator.description();
  return {{"parameters", generator.weights()},
          {"hash", hash_text(generator.hash())},
          {"samples_seen", recorded(description.made_by, {"samples_seen", "samples"})},
          {"seconds", recorded(description.made_by, {"seconds"})},
          {"metrics",
           [&] {
             Json names = Json::array();
             for (const Metric& metric : description.metrics) names.push_back(metric.name);
             return names;
           }()},
          {"metric_low", description.metric_low.front()},
          {"metric_high", description.metric_high.front()},
          {"config", description.config},
          {"made_by", description.made_by}};
}

Json environment(const Bench& bench) {
  return {{"saltus", SALTUS_VERSION},        {"torch", TORCH_VERSION},
          {"compiler", __VERSION__},         {"cpu", cpu_model()},
          {"isa", at::get_cpu_capability()}, {"device", bench.job.device},
          {"threads", bench.threads},        {"cores", std::thread::hardware_concurrency()},
          {"seed", bench.config.seed}};
}

}  // namespace saltus
