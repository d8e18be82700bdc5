// The cart-pole population: policies trained by PPO, one run at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "saltus/population/population.h"
#include "saltus/population/run_trainer.h"

namespace saltus {

// One checkpoint of a training, with the time it took to get there (measuring excluded).
struct PolicyCheckpoint {
  int64_t iteration = 0;
  double seconds = 0;
  std::vector<float> parameters;
  double mean_return = 0;
};

// Trains from `start` and measures every kept checkpoint. A pure function of its arguments but for
// the seconds. steps, when given, is increased by the environment steps simulated.
std::vector<PolicyCheckpoint> train_policy(const PopulationConfig& config,
                                           std::span<const float> start, uint64_t seed,
                                           uint64_t run, int64_t* steps = nullptr);

// Run r of a zoo, the same whether built alone or among others.
Run train_run(const PopulationConfig& config, int64_t run, int64_t* steps = nullptr);

// The trainer of config.task == "cartpole"; config has been validated.
std::unique_ptr<RunTrainer> policy_trainer(const PopulationConfig& config);

}  // namespace saltus
