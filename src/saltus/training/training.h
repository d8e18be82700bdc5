// Trains a generator on a zoo: data order, schedule, losses, averages, checkpoints, exact resume.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "saltus/base/job.h"
#include "saltus/network/metric_reader.h"
#include "saltus/network/probes.h"
#include "saltus/training/measured_networks.h"
#include "saltus/training/training_config.h"
#include "saltus/zoo/zoo.h"

namespace saltus {

// What training learns from. The functions may be absent, for networks that nothing here can
// measure; then no start comes from outside the zoo and the critic is not refined. The probes may
// be empty, for networks whose inputs are not known here; then, and where the architecture does not
// compute, the function loss is off, and the metric loss, too, unless the first metric can be read.
struct TrainingInputs {
  const Zoo& zoo;
  Probes probes = {};  // the task's
  MeasureFunction measure = {};
  FreshFunction fresh_network = {};
  // Conditioning metrics that can be read off the task's own data, by name, in the zoo's terms
  // (metric_calibration.h). When the first of them cannot, a critic learns to.
  std::map<std::string, MetricReader> read_metric = {};
  Json calibrations = Json::object();  // of these, by name; for training.json
};

// Files written to `folder`: generator.safetensors (EMA weights; at the end and at every save),
// best.safetensors (lowest validation loss), state.safetensors (everything resume needs),
// critic.safetensors (where a critic is used), metrics.jsonl (one object a validation), the same as
// events.out.tfevents.*.saltus (for TensorBoard), training.json. A folder with a state of the same
// configuration and zoo is continued, and ends with the same bytes as an uninterrupted training (on
// a GPU: up to rounding); of another, Error says which key differs. Another number of threads may
// round otherwise. With a team, its processes share out the workers of a batch, and the first
// writes the files: the same weights as one process makes, up to the rounding of sums. Error unless
// config.workers is a multiple of them. Returns early when job.stop is set (of any process of the
// team), with the state saved once there is one.
void train_generator(const TrainingConfig& config, const TrainingInputs& inputs,
                     const std::filesystem::path& folder, const Job& job);

}  // namespace saltus
