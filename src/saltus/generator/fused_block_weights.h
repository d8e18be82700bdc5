// A transformer block's weights in the order that its products take them: fused_block.h.
#pragma once

#include "saltus/generator/fused_linear.h"

namespace saltus {

struct FusedBlockParameters {
  at::Tensor ln1_weight, ln1_bias, query_weight, query_bias, key_weight, key_bias, value_weight,
      value_bias, proj_weight, proj_bias, ln2_weight, ln2_bias, up_weight, up_bias, down_weight,
      down_bias;
};

// Many threads may read it at once.
class FusedBlockWeights {
 public:
  explicit FusedBlockWeights(const FusedBlockParameters& parameters);

  static constexpr int64_t kParts = 3;  // of equal work
  // Takes a part of the parameters as they are now; `backward`: for backward passes, too.
  void pack(int64_t part, bool backward);

  // The three projections of attention side by side, the one behind it, and the hidden layer's two.
  FusedLinear into, proj, up, down;
};

}  // namespace saltus
