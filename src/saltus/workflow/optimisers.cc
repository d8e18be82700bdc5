#include "saltus/workflow/optimisers.h"

#include <cmath>

#include "saltus/base/json.h"
#include "saltus/population/image_population.h"
#include "saltus/population/lockstep_training.h"
#include "saltus/population/policy_population.h"

namespace saltus {

PopulationConfig recorded_configuration(const Zoo& zoo) {
  PopulationConfig config;
  Options options;
  config.declare(options);
  options.load_json(json_at(zoo.description().made_by, "configuration",
                            (zoo.folder() / "zoo.json").string() + ": made_by"));
  return config;
}

std::vector<int64_t> milestones(int64_t last) {
  std::vector<int64_t> kept{0};
  for (double at = 1; at < static_cast<double>(last); at *= 1.3) {
    if (const int64_t i = std::llround(at); i > kept.back()) kept.push_back(i);
  }
  if (kept.back() < last) kept.push_back(last);
  return kept;
}

namespace {

// "Train these starts as the zoo's policies were."
Optimiser policy_optimiser(const PopulationConfig& config) {
  const auto train = [config](const at::Tensor& starts, uint64_t seed, const Job& job) {
    std::vector<Optimiser::Point> course;
    const auto parameters = static_cast<size_t>(starts.size(1));
    for (int64_t k = 0; k < starts.size(0) && !job.stopped(); ++k) {
      const std::vector<PolicyCheckpoint> curve =
          train_policy(config, {starts.const_data_ptr<float>() + k * starts.size(1), parameters},
                       seed, static_cast<uint64_t>(k));
      course.resize(curve.size());
      for (size_t i = 0; i < curve.size(); ++i) {
        Optimiser::Point& point = course[i];
        if (k == 0) point.theta = at::empty_like(starts);
        point.iteration = curve[i].iteration;
        point.seconds += curve[i].seconds / static_cast<double>(starts.size(0));
        point.theta[k].copy_(at::tensor(curve[i].parameters));
      }
      job.report({.stage = "training", .done = k + 1, .total = starts.size(0), .unit = "networks"});
    }
    return course;
  };
  return {.name = "ppo", .train = train};
}

Optimiser supervised_optimiser(const SupervisedConfig& config,
                               std::shared_ptr<const ImageTask> task, std::vector<int64_t> kept,
                               Json settings) {
  const auto train = [config, task, kept](const at::Tensor& starts, uint64_t seed, const Job& job) {
    const c10::InferenceMode with_gradients(false);  // an evaluation has none
    const at::Tensor own = starts.clone();
    ImageBatches batches(config, task->training(), seed, 0);
    std::vector<Optimiser::Point> course;
    for (const SupervisedCheckpoint& point :
         train_networks(config, task->architecture(), own, kept, batches, job)) {
      course.push_back({.iteration = point.iteration,
                        .seconds = point.seconds / static_cast<double>(starts.size(0)),
                        .theta = point.theta});
    }
    return course;
  };
  return {.name = config.optimizer, .settings = std::move(settings), .train = train};
}

void add_grid(const SupervisedConfig& own, const std::shared_ptr<const ImageTask>& task,
              int64_t steps, std::vector<Optimiser>& optimisers) {
  SupervisedConfig config = own;
  config.batch = 128;
  config.warmup = 0;
  config.convolutions = "f32";
  config.steps = steps;  // the cosine ends where the comparison does
  const auto add = [&](const std::string& name, double decay, std::initializer_list<double> rates) {
    config.optimizer = name;
    config.weight_decay = decay;
    for (const double rate : rates) {
      config.learning_rate = rate;
      for (const bool constant : {false, true}) {
        config.schedule = constant ? "constant" : "step";
        optimisers.push_back(supervised_optimiser(
            config, task, milestones(steps),
            {{"learning_rate", rate}, {"schedule", constant ? "constant" : "cosine"}}));
      }
    }
  };
  add("sgd", 5e-4, {0.01, 0.03, 0.1, 0.3});
  add("adamw", 0, {1e-3, 3e-3, 1e-2, 3e-2});
}

}  // namespace

std::vector<Optimiser> optimisers_of(const Zoo& zoo, std::shared_ptr<const Task> task,
                                     int64_t tuned_steps) {
  if (!zoo.description().made_by.contains("configuration")) return {};
  const PopulationConfig config = recorded_configuration(zoo);
  if (config.is_policy()) return {policy_optimiser(config)};
  const auto images = std::dynamic_pointer_cast<const ImageTask>(task);
  const std::span<const int64_t> recorded = zoo.iterations(0);
  std::vector<Optimiser> optimisers{
      supervised_optimiser(config.supervised, images, {recorded.begin(), recorded.end()}, {})};
  add_grid(config.supervised, images, tuned_steps, optimisers);
  return optimisers;
}

}  // namespace saltus
