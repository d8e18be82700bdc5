#include "saltus/workflow/single_training.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <chrono>

#include "saltus/base/error.h"
#include "saltus/population/lockstep_training.h"
#include "saltus/population/ppo.h"
#include "saltus/task/image_task.h"
#include "saltus/workflow/optimisers.h"

namespace saltus {
namespace {

SingleTraining train_one_policy(PpoConfig config, std::span<const float> start, int64_t steps,
                                uint64_t seed, const Job& job) {
  using Clock = std::chrono::steady_clock;
  config.iterations = steps;
  PpoRun run(config, start, seed, 0, selected_isa());
  SingleTraining training{.optimiser = "ppo"};
  double seconds = 0;
  for (const int64_t kept : milestones(steps)) {
    while (run.iteration() < kept) {
      if (job.stopped()) return training;
      const auto begin = Clock::now();
      run.iterate();
      seconds += std::chrono::duration<double>(Clock::now() - begin).count();
      job.report({.stage = "training", .done = run.iteration(), .total = steps, .unit = "steps"});
    }
    training.points.push_back({kept, seconds, run.theta()});
  }
  return training;
}

SingleTraining train_one_classifier(SupervisedConfig config, const ImageTask& task,
                                    std::span<const float> start, int64_t steps, uint64_t seed,
                                    const Job& job) {
  config.steps = steps;
  config.warmup = std::min(config.warmup, steps / 10);
  if (config.schedule == "epoch") config.schedule = "step";  // there may be less than an epoch
  config.batch = std::min(config.batch, task.training().size());
  const at::Tensor theta =
      at::tensor(at::ArrayRef<float>(start.data(), start.size()), at::kFloat).unsqueeze(0);
  ImageBatches batches(config, task.training(), seed, 0);
  SingleTraining training{.optimiser = config.optimizer};
  for (const SupervisedCheckpoint& point :
       train_networks(config, task.architecture(), theta, milestones(steps), batches, job)) {
    const auto* values = point.theta.const_data_ptr<float>();
    training.points.push_back({point.iteration, point.seconds, {values, values + start.size()}});
  }
  return training;
}

}  // namespace

SingleTraining train_from(const Zoo* zoo, const Task& task, std::span<const float> start,
                          int64_t steps, uint64_t seed, const Job& job) {
  PopulationConfig config;
  if (zoo != nullptr && zoo->description().made_by.contains("configuration")) {
    config = recorded_configuration(*zoo);
  }
  if (const auto* images = dynamic_cast<const ImageTask*>(&task)) {
    return train_one_classifier(config.supervised, *images, start, steps, seed, job);
  }
  check(task.name() == "cartpole", "train_from: an image task or cart-pole");
  return train_one_policy(config.ppo, start, steps, seed, job);
}

}  // namespace saltus
