// The cart-pole simulator and its policy as plain functions over aligned memory, one table for each
// instruction set. They know nothing of threads or files; cartpole.h is the comfortable face.
#pragma once

#include <cstdint>

#include "saltus/base/isa.h"
#include "saltus/task/cartpole_physics.h"
#include "saltus/task/packed_mlp.h"

namespace saltus {

inline constexpr int kCartpoleHidden = 32;
inline constexpr int kCartpoleParameters = ActorOffsets<kCartpoleHidden>::end;  // 1,250
using CartpoleActor = PackedMlp<kCartpoleHidden>;

// What full episodes of one policy came to.
struct CartpoleEpisodes {
  double return_sum = 0;  // over the episodes
  int64_t steps = 0;      // simulated
};

// All pointers are aligned to 64 bytes.
struct CartpoleKernels {
  // One action for each of n cart-poles (a multiple of 16). state [4][n] is advanced; reward [n] is
  // that of the new state; failed [n] is 1 where the episode ends by failure, else 0.
  void (*step)(const CartpolePhysics& physics, const float* action, float* state, float* reward,
               int32_t* failed, int64_t n);

  // Action means [64] of one block of observations [4][64].
  void (*act)(const CartpoleActor& actor, const float* observations, float* mean);

  // 64 * blocks episodes, each from a fresh start to failure or 500 steps, each counted once.
  // Samples actions unless `deterministic`. random [4][16]: the generator's state, advanced.
  CartpoleEpisodes (*episodes)(const CartpoleActor& actor, uint32_t* random, int64_t blocks,
                               bool deterministic);

  // Elementwise functions of lane_math.h, for their tests: exp, log, selu, sin, cos, sqrt of x [n].
  void (*math)(int function, const float* x, float* y, int64_t n);
};

const CartpoleKernels& cartpole_kernels(Isa isa);

}  // namespace saltus
