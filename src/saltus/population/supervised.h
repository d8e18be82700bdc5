// Supervised training of image classifiers by mini-batches of mean cross-entropy: the options, the
// learning rate's course and which iterations are kept.
//
// With the default optimiser, batch, epochs and schedule, and warmup = 0, this is the training
// behind the MNIST checkpoints of Peebles et al. 2022.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "saltus/base/options.h"

namespace saltus {

struct SupervisedConfig {
  std::string optimizer = "sgd";  // or "adamw"; both decay every parameter, biases too
  double learning_rate = 0.1;     // the highest; see learning_rate_at
  double weight_decay = 5e-4;     // sgd: added to the gradient; adamw: decoupled, times the rate
  double momentum = 0.9;          // sgd: Nesterov's, without dampening; 0: plain
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;  // adamw

  int64_t epochs = 25;
  int64_t steps = 0;    // iterations in all, instead of whole epochs; 0: epochs
  int64_t batch = 128;  // images an iteration; an epoch's incomplete last one is left out
  std::string schedule = "epoch";     // the cosine advances every "epoch" or "step"; or "constant"
  int64_t warmup = 200;               // iterations of linear rise
  std::string augmentation = "none";  // or "flip_crop"; see image_batches.h
  std::string spacing = "log";        // of the kept iterations; see spaced_iterations
  std::string convolutions = "f32";   // or "bf16": of a ConvNet, forward and backward
  int64_t lot = 32;                   // networks trained side by side on the same mini-batches

  void declare(Options& options, const std::string& prefix = "supervised");
  void validate() const;  // Error when options do not fit each other

  int64_t steps_per_epoch(int64_t images) const { return images / batch; }
  int64_t iterations(int64_t images) const {
    return steps > 0 ? steps : epochs * steps_per_epoch(images);
  }
  // The rate of iteration i (from 0) when an epoch has `per_epoch` of them:
  // learning_rate / 2 * (1 + cos(pi * x)) * min(1, (i + 1) / warmup), where x is epoch / epochs or
  // i / iterations, or 0 when it is constant.
  double learning_rate_at(int64_t iteration, int64_t per_epoch) const;
};

// `count` iterations, ascending, from 0 to `last`, both included; 2 <= count <= last + 1.
// "log": evenly spaced in log(1 + iteration) where integers allow it, so dense early, where
// networks change fast. "random": uniform draws without repetition, a function of the seed.
std::vector<int64_t> spaced_iterations(const std::string& spacing, int64_t last, int64_t count,
                                       uint64_t seed);

// Error unless ascending within 0 .. last; `what` names the option.
void check_iterations(std::span<const int64_t> kept, int64_t last, const std::string& what);

}  // namespace saltus
