#include "saltus/training/description.h"

#include <algorithm>

#include "saltus/base/error.h"

namespace saltus {

std::vector<size_t> metric_columns(const TrainingConfig& config, const Zoo& zoo) {
  if (config.metrics.empty()) return {0};
  std::vector<size_t> columns;
  for (const std::string& name : config.metrics) {
    columns.push_back(zoo.metric_index(name));
    if (std::count(columns.begin(), columns.end(), columns.back()) > 1) {
      fail("training.metrics: expected different metrics, found {} twice", name);
    }
  }
  return columns;
}

GeneratorDescription describe_generator(const TrainingConfig& config, const Zoo& zoo,
                                        const std::vector<size_t>& columns) {
  TrainingConfig resolved = config;
  Options options;
  resolved.declare(options);
  std::vector<Metric> metrics;
  std::vector<double> lows, highs;
  for (const size_t column : columns) {
    double low = 1e300, high = -1e300;
    for (const int64_t run : zoo.runs_of(Split::train)) {
      for (int64_t c = 0; c < zoo.checkpoints(); ++c) {
        const double value = zoo.metric(run, c, static_cast<int64_t>(column));
        low = std::min(low, value);
        high = std::max(high, value);
      }
    }
    metrics.push_back(zoo.description().metrics[column]);
    lows.push_back(low);
    highs.push_back(high);
  }
  return {.task = zoo.description().task,
          .architecture = make_architecture(zoo.description().architecture),
          .metrics = metrics,
          .metric_low = lows,
          .metric_high = highs,
          .config = options.to_json(),
          .made_by = {{"zoo_hash", hash_text(zoo.hash())},
                      {"zoo_runs", zoo.runs()},
                      {"steps", config.steps},
                      {"samples_seen", config.steps * config.batch},
                      {"seed", config.seed}}};
}

}  // namespace saltus
