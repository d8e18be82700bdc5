// Checkpoints of a zoo as one tensor.
#pragma once

#include <torch/types.h>

#include <vector>

#include "saltus/zoo/zoo.h"

namespace saltus {

struct CheckpointId {
  int64_t run = 0, checkpoint = 0;  // indices into the zoo
};

// Their parameters, [n, P] float32.
at::Tensor read_checkpoints(const Zoo& zoo, const std::vector<CheckpointId>& which);

}  // namespace saltus
