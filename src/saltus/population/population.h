// Populations: many trainings of one task from many starts, each kept as a run of a zoo. This is
// their configuration; policy_population.h and image_population.h train.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "saltus/base/job.h"
#include "saltus/base/options.h"
#include "saltus/population/ppo.h"
#include "saltus/population/run_trainer.h"
#include "saltus/population/supervised.h"
#include "saltus/task/task_config.h"

namespace saltus {

struct PopulationConfig {
  TaskConfig task;
  int64_t runs = 1100;
  int64_t first_run = 0;  // the zoo holds runs [first_run, first_run + runs)
  int64_t seed = 0;
  // Start networks, taken in turn: run r starts from entry r mod size. Half are drawn at random
  // scales; of the named ones kaiming, the hardest to learn from, counts three times.
  std::vector<std::string> initialisers = {"orthogonal", "loguniform", "pytorch", "loguniform",
                                           "normal0.1",  "loguniform", "kaiming", "loguniform",
                                           "normal0.2",  "loguniform", "xavier",  "loguniform",
                                           "kaiming",    "loguniform", "kaiming", "loguniform"};
  int64_t checkpoints = 48;                    // of a run, when no list is given
  std::vector<int64_t> checkpoint_iterations;  // ascending; empty: see iterations_kept
  int64_t runs_per_shard = 50;

  // Cart-pole only.
  int64_t episodes = 64;  // that a checkpoint's return is the mean of
  PpoConfig ppo;
  // Image tasks only.
  std::string dtype = "f16";  // of the stored parameters: f32, bf16, f16
  SupervisedConfig supervised;

  bool is_policy() const { return task.task == "cartpole"; }  // else a supervised image task

  // The keys of every task: what a command accepts and explains.
  void declare(Options& options);
  // The resolved keys of this task alone, as a zoo records them. Threads and place are no part.
  Json to_json() const;
  // Error when options do not fit each other or `made`, the task they speak of; what needs the
  // training images, image_trainer checks.
  void validate(const Task& made) const;

  // The list, or else `checkpoints` iterations from 0 to `last`: default_checkpoints for policies,
  // spaced by supervised.spacing for images.
  std::vector<int64_t> iterations_kept(int64_t last) const;

 private:
  void declare_shared(Options& options, bool policy, bool images);
};

// What run r starts from.
const std::string& scheme_of_run(const PopulationConfig& config, int64_t run);

// `count` iterations from 0 to `last`, dense while policies improve: three quarters of them
// within the first 40 %. count is at most last + 1.
std::vector<int64_t> default_checkpoints(int64_t last, int64_t count);

// Builds the zoo of `config`, or one part of it, in `folder`; see build_zoo of run_trainer.h.
int64_t build_zoo(const PopulationConfig& config, const std::filesystem::path& folder,
                  const Job& job, const ZooPart& part = {});

}  // namespace saltus
