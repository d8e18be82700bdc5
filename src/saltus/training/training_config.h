// Options of `saltus train`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "saltus/generator/neural_graph_denoiser.h"
#include "saltus/generator/paper_denoiser.h"
#include "saltus/generator/sampler.h"
#include "saltus/training/critic_training.h"
#include "saltus/zoo/pairs.h"

namespace saltus {

struct BatchConfig;

struct TrainingConfig {
  std::string preset = "default";  // default, paper
  // That condition it; empty: the zoo's first. Of several, any subset can be prompted; pairs are
  // drawn by the first.
  std::vector<std::string> metrics;
  int64_t seed = 0;
  int64_t steps = 6000;
  int64_t batch = 32;   // pairs a step, in all
  int64_t workers = 2;  // parts of a batch, each on its own core; fixes the sums' order
  double learning_rate = 2e-3;
  int64_t warmup = 100;      // steps
  double final_rate = 0.03;  // share of the rate at the end of the cosine
  double weight_decay = 0.01;
  double beta2 = 0.999;  // of Adam
  double clip = 1.0;
  double ema = 0.997;
  bool ema_warmup = true;                 // a short memory in the first steps
  std::string precision = "f32";          // of the generator: f32, bf16
  std::string network_precision = "f32";  // of the target networks where losses run them
  bool mirror = true;                     // augment pairs by the task's mirror, if it has one
  double near_noise = 0.5;                // share of timesteps drawn near t = 999
  // Share of the losses that compare with a target (of weights and function; 1 at first) that is
  // left at the end, falling evenly: a zoo's targets are few and can be learnt by heart, while
  // starts and what a prompt asks of them never run out.
  double target_loss_end = 1;
  double function_loss = 30;  // weight of the loss on probe outputs; 0: off
  int64_t function_probes = 48;
  double spread_loss = 0;   // weight of the energy distance between updates and the zoo; 0: off
  double metric_loss = 20;  // weight of the loss on the prompted metric; 0: off
  // How that loss reads the metric off a predicted network: "data", the task's own training data
  // where the task can, else and with "critic" a learned critic.
  std::string metric_from = "data";
  int64_t metric_inputs = 512;   // of that data, drawn anew each step
  bool calibrate_metric = true;  // put what they say into the zoo's terms: metric_calibration.h
  double metric_log = 0.1;       // share of it in the metric's logarithmic coordinate
  double fresh_starts = 0.125;   // share of a batch that starts from networks of no run
  double updated_starts = 0;     // share of these that the generator has updated once already
  // Weight of the squared size of those rows' updates, which are towards the prompt that they have
  // been updated to: who is there already should stay. 0: off.
  double stay_loss = 0;
  SamplerConfig fresh_sampler;  // by which these rows come to their timestep, one of its steps
  int64_t fresh_pool = 4096;    // such networks
  std::vector<std::string> fresh_schemes = {"orthogonal", "pytorch", "normal0.1", "normal0.2",
                                            "xavier",     "kaiming", "loguniform"};
  int64_t validate_every = 1000;  // steps
  int64_t save_every = 1000;      // steps
  PairConfig pairs;
  NeuralGraphConfig graph;              // of the default preset
  PaperConfig paper{.coefficient = 0};  // of the paper preset; coefficient 0: 0.538 / std of θ
  CriticConfig critic;
  void declare(Options& options);

  double rate_at(int64_t step) const;           // warm-up, then a cosine to final_rate
  double average_decay_at(int64_t step) const;  // of the weights' average
  // Error where a worker's rows, so divided, are too few for a loss that is asked for.
  void check_rows(const BatchConfig& rows) const;
};

}  // namespace saltus
