// Proximal policy optimisation on cart-pole as plain functions over aligned memory, one table for
// each instruction set and width of the critic. ppo.h is the comfortable face.
#pragma once

#include <cstdint>

#include "saltus/task/cartpole_kernels.h"

namespace saltus {

// What T steps of E environments produce, [T][E] each (E a multiple of 64), and where they stand.
struct PpoRollout {
  int64_t environments = 0, steps = 0;
  float* state = nullptr;         // [4][E]
  float* progress = nullptr;      // [E] steps into the episode
  uint32_t* random = nullptr;     // [4][16]
  float* observations = nullptr;  // [T][E / 64][4][64]
  float* actions = nullptr;
  float* log_probabilities = nullptr;  // without the constant -log(2π)/2
  float* values = nullptr;             // the critic's, in units of the return
  float* rewards = nullptr;
  float* ended = nullptr;         // 1 where the step ended an episode, by failure or time limit
  float* limit_values = nullptr;  // value of the state a time limit cut off; else 0
  float* last_values = nullptr;   // [E]
};

// Samples in blocks of 64.
struct PpoSamples {
  const float* observations = nullptr;  // [blocks][4][64]
  const float* actions = nullptr;       // [blocks][64], as all below
  const float* log_probabilities = nullptr;
  const float* advantages = nullptr;
  const float* returns = nullptr;
  const float* weights = nullptr;  // 1, or 0 for padding
};

struct PpoLoss {
  float clip = 0.2f;
  float bounds_weight = 3, bound = 0.3f;  // weight * mean(max(|mean| - bound, 0)²)
  float value_scale = 25;                 // the critic's output is return / value_scale
  float value_coefficient = 1;            // of its mean squared error, in those units
};

struct PpoLossSums {
  double surrogate = 0;  // sum over samples of max(-A r, -A clip(r))
  double value = 0;      // sum over samples of the critic's squared error
};

struct PpoKernels {
  int critic_units = 0;  // H of the critic, a PackedMlp<H> that is passed as its floats
  int64_t critic_floats = 0;

  void (*collect)(const CartpoleActor& actor, const float* critic, float value_scale,
                  bool bootstrap, const PpoRollout& rollout);

  // Gradient of surrogate + bounds + value loss, mean over `1 / sample_share` samples, summed over
  // the listed blocks, into actor_gradient and critic_gradient (overwritten).
  PpoLossSums (*gradient)(const CartpoleActor& actor, const float* critic,
                          const PpoSamples& samples, const int32_t* blocks, int64_t count,
                          float sample_share, const PpoLoss& loss, CartpoleActor& actor_gradient,
                          float* critic_gradient);

  // n is a multiple of 16 in both.
  float (*sum_of_squares)(const float* x, int64_t n);
  // Adam (Kingma & Ba 2015), eps 1e-8 outside the root; the gradient is multiplied by
  // gradient_scale.
  void (*adam)(float* weights, const float* gradient, float* mean, float* square, int64_t n,
               float learning_rate, float gradient_scale, int64_t step_number);
};

// critic_units: 16 or 32.
const PpoKernels& ppo_kernels(Isa isa, int64_t critic_units);

}  // namespace saltus
