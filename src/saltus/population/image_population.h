// The population of an image task: classifiers trained in lots.
//
// What runs of a lot share: runs [k * lot, (k + 1) * lot), lot = supervised.lot, see the same
// images in the same order with the same augmentation. Their start networks are their own, and so
// is everything that follows from them. Other lots see another order. A run is a function of the
// configuration and its id alone.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "saltus/network/architecture.h"
#include "saltus/network/metric.h"
#include "saltus/population/population.h"
#include "saltus/population/run_trainer.h"
#include "saltus/population/supervised.h"
#include "saltus/task/image_task.h"

namespace saltus {

struct ImagePopulation {
  std::string task;          // its name, as zoo.json records it
  Dtype dtype = Dtype::F32;  // of the stored parameters
  std::shared_ptr<const Architecture> architecture;
  LabelledImages training;
  std::vector<Metric> metrics;  // M
  // The start network of a run, P floats. Pure; called on any thread.
  std::function<std::vector<float>(int64_t run)> start;
  // K networks of P floats -> K rows of M metrics. Pure, row by row; called on worker threads, so
  // on one thread of its own, with all checkpoints of a lot at once. Parameters may be NaN.
  std::function<void(std::span<const float> thetas, std::span<float> out)> evaluate;
  SupervisedConfig supervised;
  std::vector<int64_t> kept;   // iterations, ascending; PopulationConfig::iterations_kept
  uint64_t seed = 0;           // of order and augmentation
  std::string device = "cpu";  // that trains and measures
  Json configuration;          // that made all of the above; see PopulationConfig::to_json
};

// The population that `config` describes, on the images of its task, trained on a device.
ImagePopulation image_population(const PopulationConfig& config,
                                 std::shared_ptr<const ImageTask> task,
                                 const std::string& device = "cpu");

// Error when the kept iterations or the batch do not fit the training images.
std::unique_ptr<RunTrainer> image_trainer(ImagePopulation population);

}  // namespace saltus
