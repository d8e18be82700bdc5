// Cart-pole episodes step by step, to be looked at: the states a policy goes through.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "saltus/base/isa.h"
#include "saltus/task/cartpole_kernels.h"

namespace saltus {

using CartpoleState = std::array<float, kCartpoleInputs>;  // position, velocity, angle, spin

// A push on the cart, beside the policy's force, for one step.
struct CartpoleNudge {
  int64_t step = 0;
  float force = 0;  // newtons, at most as strong as the policy's own (CartpolePhysics::force)
};

struct RolloutOptions {
  uint64_t seed = 0;
  int64_t episodes = 1;                // 1 to 16
  int64_t steps = kCartpoleSteps;      // at most; an episode ends earlier by failure
  bool deterministic = false;          // acts by the mean instead of sampling
  std::vector<CartpoleState> initial;  // of episode e: e mod size; empty: drawn as for evaluations
  std::vector<CartpoleNudge> nudges;   // in every episode
};

struct CartpoleEpisode {
  std::vector<CartpoleState> states;  // the first, and one after each step
  std::vector<float> actions;         // of each step, before they are clamped
  double episode_return = 0;          // of the steps up to the task's limit, kCartpoleSteps
  bool failed = false;
};

// Episodes of one policy, θ as in its state_dict. Starts and noise depend on seed and episode
// alone, so different policies meet the same ones.
std::vector<CartpoleEpisode> roll_out_cartpole(std::span<const float> theta,
                                               const RolloutOptions& options, Isa isa);

}  // namespace saltus
