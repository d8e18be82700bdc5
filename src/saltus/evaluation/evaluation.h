// Measures a generator the way docs/method.md promises: one-update returns, prompt alignment,
// recursion, unseen initialisers, diversity, dependence on the start, novelty, baselines.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "saltus/base/job.h"
#include "saltus/generator/critic.h"
#include "saltus/generator/generator.h"
#include "saltus/task/task.h"
#include "saltus/zoo/zoo.h"

namespace saltus {

struct EvaluationConfig {
  std::string metric;      // that is prompted; empty: the generator's first
  int64_t seed = 1;        // of starts, noise and simulator; starts are disjoint from the zoo's
  int64_t starts = 256;    // fresh networks a result
  int64_t episodes = 128;  // a network (effort of Task::evaluate)
  std::string scheme = "orthogonal";  // the zoo's own kind
  std::vector<std::string> schemes;   // others; default: all of initialisers()
  int64_t updates = 3;                // recursion depth
  int64_t prompts = 20;               // of the alignment row
  // Further ranges of prompts for the alignment, from the zoo's best to a value: "2.0" evenly,
  // "log 1.0" evenly in the logarithm. Given any, the usual one is left out.
  std::vector<std::string> prompt_ranges;
  int64_t alignment_starts = 64;
  int64_t crossed_starts = 64;   // starts whose updates are tried on one another
  int64_t held_out = 16;         // starts that are trained step by step, for novelty and optimisers
  int64_t tuned_steps = 1000;    // of each other optimiser; see the caller's grid
  int64_t reference_runs = 800;  // training runs that novelty compares with
  bool recalibrate = false;      // an alignment with prompts corrected on training starts, too
  int64_t candidates = 13;       // of the critic's choice
  double candidate_spread = 90;  // in the metric's unit
  bool novelty = true, diversity = true, baselines = true;
  SamplerConfig sampler;
  // Further ways to sample, compared with each other: "ddpm 20", "ddim 3 400" (stopping early).
  std::vector<std::string> samplers;
  int64_t sampler_starts = 64;  // for each of them, at most
  void declare(Options& options);
};

// A way to train given starts step by step; provided by the population layer.
struct Optimiser {
  struct Point {
    int64_t iteration = 0;
    double seconds = 0;     // of one run, measuring excluded
    at::Tensor theta = {};  // [K, P]
  };
  std::string name;    // "ppo", "sgd", "adamw"
  Json settings = {};  // what distinguishes it from others of its name
  // starts [K, P], seed -> the course of training, the first point before any step. On job.device
  // and the calling thread; worth nothing once job.stopped(). May report its iterations.
  std::function<std::vector<Point>(const at::Tensor& starts, uint64_t seed, const Job& job)> train;
};

// What evaluation may ask for beyond the generator; absent parts leave their section out.
struct EvaluationInputs {
  const Task& task;
  const Zoo& zoo;
  const Generator& generator;
  std::shared_ptr<Critic> critic = nullptr;          // may be absent
  const Generator* without_function_loss = nullptr;  // for the diversity comparison
  // The population's own optimiser, then others to compare with from the same starts.
  std::vector<Optimiser> optimisers = {};
};

// How an evaluation goes on where one was stopped or killed.
struct Resumption {
  // What it last saved: what is there is not measured again, if config, inputs, program and machine
  // are the same; else it counts for nothing, and `differs` is told the first key that is another.
  Json earlier = nullptr;
  std::function<void(const std::string& key)> differs;  // may be absent
  // Told what there is so far, as "complete": false, after every section, initialiser, sampler and
  // round of optimisers. May be absent.
  std::function<void(const Json& results)> save;
};

// results.json (docs/results-schema.md). Stops between them, and where optimisers train, when
// job.stop is set.
Json evaluate_generator(const EvaluationConfig& config, const EvaluationInputs& inputs,
                        const Job& job, const Resumption& resumption = {});

}  // namespace saltus
