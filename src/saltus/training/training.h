// Trains a generator on a zoo: data order, schedule, losses, averages, checkpoints, exact resume.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "saltus/base/job.h"
#include "saltus/generator/generator.h"
#include "saltus/generator/neural_graph_denoiser.h"
#include "saltus/generator/paper_denoiser.h"
#include "saltus/network/probes.h"
#include "saltus/training/critic_training.h"
#include "saltus/zoo/pairs.h"
#include "saltus/zoo/zoo.h"

namespace saltus {

struct TrainingConfig {
  std::string preset = "default";  // default, paper
  std::string metric;              // that conditions; empty: the zoo's first
  int64_t seed = 0;
  int64_t steps = 10000;
  int64_t batch = 32;   // pairs a step, in all
  int64_t workers = 2;  // parts of a batch, each on its own core; fixes the sums' order
  double learning_rate = 2e-3;
  int64_t warmup = 100;      // steps
  double final_rate = 0.03;  // share of the rate at the end of the cosine
  double weight_decay = 0.01;
  double clip = 1.0;
  double ema = 0.997;
  bool ema_warmup = true;         // a short memory in the first steps
  std::string precision = "f32";  // f32, bf16
  bool mirror = true;             // augment pairs by the task's mirror, if it has one
  double near_noise = 0.5;        // share of timesteps drawn near t = 999
  double function_loss = 30;      // weight of the loss on probe outputs; 0: off
  int64_t function_probes = 48;
  double metric_loss = 0;         // weight of the critic's loss on the prompted metric; 0: off
  int64_t validate_every = 1000;  // steps
  int64_t save_every = 1000;      // steps
  PairConfig pairs;
  NeuralGraphConfig graph;              // of the default preset
  PaperConfig paper{.coefficient = 0};  // of the paper preset; coefficient 0: 0.538 / std of θ
  CriticConfig critic;
  void declare(Options& options);
};

// Files written to `folder`: generator.safetensors (EMA weights; at the end and at every save),
// best.safetensors (lowest validation loss), state.safetensors (everything resume needs),
// critic.safetensors, metrics.jsonl (one object a validation), config.yaml.
// A folder with a state of the same configuration and zoo is continued, and ends with the same
// bytes as an uninterrupted training; of another, Error says which key differs.
// Returns early, state saved, when job.stop is set. `probes` are the task's.
void train_generator(const TrainingConfig& config, const Zoo& zoo, const Probes& probes,
                     const std::filesystem::path& folder, const Job& job);

}  // namespace saltus
