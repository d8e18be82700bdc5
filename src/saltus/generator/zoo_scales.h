// What the `default` preset must know of a zoo: scales, so that noise and loss treat all parts of a
// network alike.
#pragma once

#include <torch/types.h>

#include "saltus/generator/compact_space.h"

namespace saltus {

struct ZooSample {
  at::Tensor first, last;  // [n, P] ends of runs
  at::Tensor any;          // [m, P] checkpoints of all ages
  at::Tensor inputs;       // [N, I] of the task; needed when first-layer rows are rotated
};

// In the coordinates of `space`, [D]. One number a tensor; for a rotated layer one a direction, for
// a kernel by frequency one a frequency.
struct ZooScales {
  at::Tensor delta;  // rms over runs of last - first
  at::Tensor start;  // standard deviation of a network
  // Of the squared error of whitened coordinates, mean 1 a tensor: (variance of the input along the
  // direction x delta^2)^0.75, so that an error counts nearly as it shows in the unit's answer.
  at::Tensor loss_weights;
};

ZooScales zoo_scales(const CompactSpace& space, const InputDirections& directions,
                     const ZooSample& sample);

}  // namespace saltus
