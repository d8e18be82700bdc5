// A transformer block, forward and backward by hand, for training on CPUs with bfloat16 products. A
// step of a small generator is made of products that take microseconds, so what LibTorch spends
// around each (a pass over memory, an allocation, a node of the graph) costs several times the
// products. Here a few samples at a time go through the whole block within the cache.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "saltus/generator/edge_bias.h"

namespace saltus {

struct FusedBlockParameters {
  at::Tensor ln1_weight, ln1_bias, query_weight, query_bias, key_weight, key_bias, value_weight,
      value_bias, proj_weight, proj_bias, ln2_weight, ln2_bias, up_weight, up_bias, down_weight,
      down_bias;
};

// Whether fused_block takes x [B, T, C]: under bfloat16 autocast, on a CPU that has such products,
// on a thread that computes alone.
bool fused_block_fits(const at::Tensor& x, int64_t heads);

// x [B, T, C] float32 -> [B, T, C] float32, as Block computes it with the exact GELU. Products take
// bfloat16 factors and sum in float32, as do layer norms and softmax.
at::Tensor fused_block(const at::Tensor& x, int64_t heads, const FusedBlockParameters& parameters,
                       const std::vector<EdgeBias>& edges);

}  // namespace saltus
