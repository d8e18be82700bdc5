#include "saltus/workflow/training_inputs.h"

#include "saltus/network/device.h"
#include "saltus/task/measure.h"
#include "saltus/training/metric_calibration.h"

namespace saltus {
namespace {

// The metrics that condition the generator, of networks: [n, P] -> [n, M].
MeasureFunction measure_by(const Task& task, const std::vector<Metric>& metrics) {
  return [&task, metrics](const at::Tensor& theta, uint64_t seed, const Job& job) {
    return measure_networks(task, metrics, theta, {.seed = seed}, job);
  };
}

}  // namespace

TrainingInputs training_inputs(const TrainingConfig& config, const Zoo& zoo, const Task* task,
                               const Job& job) {
  if (task == nullptr) return {.zoo = zoo};
  std::vector<Metric> metrics;
  for (const std::string& name : config.metrics) {
    metrics.push_back(zoo.description().metrics[zoo.metric_index(name)]);
  }
  if (metrics.empty()) metrics.push_back(zoo.description().metrics.front());
  std::map<std::string, MetricReader> readers;
  Json calibrations = Json::object();
  if (config.metric_from == "data") {
    const at::ScalarType convolutions =
        product_type(config.network_precision, device_named(job.device));
    for (const Metric& metric : metrics) {
      MetricReader reader = task->metric_reader(metric.name, config.metric_inputs, convolutions);
      if (!reader) continue;
      if (config.calibrate_metric && config.metric_loss > 0) {
        MetricCalibration calibration = calibrate(reader, zoo, zoo.metric_index(metric.name),
                                                  static_cast<uint64_t>(config.seed), job);
        calibrations[metric.name] = calibration.to_json();
        reader = calibrated(std::move(reader), std::move(calibration));
      }
      readers.emplace(metric.name, std::move(reader));
    }
  }
  return {
      .zoo = zoo,
      .probes = task->probes(),
      .measure = measure_by(*task, metrics),
      .fresh_network = [task](const std::string& scheme, uint64_t seed,
                              uint64_t index) { return task->fresh_network(scheme, seed, index); },
      .read_metric = std::move(readers),
      .calibrations = std::move(calibrations)};
}

}  // namespace saltus
