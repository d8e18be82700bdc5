// A transformer block, forward and backward by hand, for training on CPUs with bfloat16 products. A
// step of a small generator is made of products that take microseconds, so what LibTorch spends
// around each (a pass over memory, an allocation, a node of the graph) costs several times the
// products. Here a few samples at a time go through the whole block within the cache.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "saltus/generator/edge_bias.h"
#include "saltus/generator/fused_block_weights.h"

namespace saltus {

// Whether this CPU is one for fused_block, with blocks of this size.
bool can_fuse_block(int64_t width, int64_t heads);
// And whether fused_block takes x [B, T, C]: under bfloat16 autocast, on a thread that computes
// alone.
bool fused_block_fits(const at::Tensor& x, int64_t heads);

// x [B, T, C] float32 -> [B, T, C] float32, as Block computes it with the exact GELU. Products take
// bfloat16 factors and sum in float32, as do layer norms and softmax. `weights`: those of the
// parameters, packed for both passes, where a caller shares them; none: they are packed here.
at::Tensor fused_block(const at::Tensor& x, int64_t heads, const FusedBlockParameters& parameters,
                       const std::vector<EdgeBias>& edges,
                       std::shared_ptr<const FusedBlockWeights> weights = nullptr);

}  // namespace saltus
