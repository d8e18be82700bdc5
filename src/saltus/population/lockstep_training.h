// Training K networks side by side on the same mini-batches, on one thread.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <span>
#include <vector>

#include "saltus/base/job.h"
#include "saltus/network/architecture.h"
#include "saltus/population/image_batches.h"
#include "saltus/population/supervised.h"

namespace saltus {

// K networks at one iteration, and the time all of them took to get there.
struct SupervisedCheckpoint {
  int64_t iteration = 0;
  double seconds = 0;
  at::Tensor theta;  // [K, P] float32
};

// Trains the networks `start` [K, P] (float32) up to the last of the `kept` iterations (ascending)
// and returns them at each kept one; iteration 0 is the start itself. The learning rate is that of
// a training of config.epochs, wherever it ends. The networks share the batches and nothing else.
// A pure function of its arguments but for the seconds, on a GPU up to rounding; where the
// architecture's gradients are rounded in common (LockstepGradient::rounding_depends_on_company),
// of all K starts at once. Networks that diverge go on as NaN. On the calling thread alone,
// whatever LibTorch may use otherwise, with job.device; returns early, with fewer checkpoints, when
// job.stopped(). Reports every iteration.
std::vector<SupervisedCheckpoint> train_networks(const SupervisedConfig& config,
                                                 const Architecture& architecture,
                                                 const at::Tensor& start,
                                                 std::span<const int64_t> kept,
                                                 ImageBatches& batches, const Job& job);

}  // namespace saltus
