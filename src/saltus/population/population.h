// Populations: many trainings of one task from many starts, each kept as a run of a zoo.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "saltus/base/job.h"
#include "saltus/base/options.h"
#include "saltus/population/ppo.h"
#include "saltus/zoo/zoo.h"

namespace saltus {

struct PopulationConfig {
  std::string task = "cartpole";
  int64_t runs = 1100;
  int64_t first_run = 0;  // a shard of a larger zoo: runs [first_run, first_run + runs)
  int64_t seed = 0;
  // Start networks, taken in turn: run r starts from entry r mod size. Half are drawn at random
  // scales; of the named ones kaiming, the hardest to learn from, counts three times.
  std::vector<std::string> initialisers = {"orthogonal", "loguniform", "pytorch", "loguniform",
                                           "normal0.1",  "loguniform", "kaiming", "loguniform",
                                           "normal0.2",  "loguniform", "xavier",  "loguniform",
                                           "kaiming",    "loguniform", "kaiming", "loguniform"};
  int64_t checkpoints = 48;                    // of a run, when no list is given
  std::vector<int64_t> checkpoint_iterations;  // ascending; empty: see default_checkpoints
  int64_t episodes = 64;                       // that a checkpoint's return is the mean of
  int64_t runs_per_shard = 50;
  PpoConfig ppo;

  void declare(Options& options);
  void validate() const;  // Error when options do not fit each other

  std::vector<int64_t> iterations_kept() const;  // the list, or default_checkpoints
};

// What run r starts from.
const std::string& scheme_of_run(const PopulationConfig& config, int64_t run);

// `count` iterations from 0 to `last`, dense while policies improve: three quarters of them
// within the first 40 %. count is at most last + 1.
std::vector<int64_t> default_checkpoints(int64_t last, int64_t count);

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

// Builds the zoo in `folder`, one run a thread at a time. A folder with a part of the same zoo is
// continued, to the same bytes as an uninterrupted build; Error when it holds another. Returns
// early when job.stop is set: whole shards are safe, the rest is done again next time.
void build_zoo(const PopulationConfig& config, const std::filesystem::path& folder, const Job& job);

}  // namespace saltus
