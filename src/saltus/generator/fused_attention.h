// Multi-head attention of one sample on one thread: fused_block.h.
#pragma once

#include <cstdint>
#include <vector>

#include "saltus/generator/block_kernels.h"

namespace saltus {

// A part of the attention logits with something added: weights [heads, count] times features
// [batch, count, queries, keys].
struct EdgeTerm {
  int64_t first_query, queries, first_key, keys, count;
  const float* features;
  const float* weights;
  float* dweights;  // the gradient, added to; none in the forward pass
};

struct AttentionShape {
  int64_t tokens, width, heads;

  int64_t head() const { return width / heads; }
  int64_t even() const { return tokens + tokens % 2; }        // what products sum over
  int64_t stride() const { return (tokens + 15) / 16 * 16; }  // of logits and shares
  int64_t shares() const { return heads * tokens * stride(); }
};

class FusedAttention {
 public:
  FusedAttention(const AttentionShape& shape, const BlockKernels& kernels);

  // qkv [tokens, 3 width] -> out [tokens, width]; keeps the shares of attention in p [shares()].
  // `sample` picks the edges' features.
  void forward(const Bf16* qkv, const std::vector<EdgeTerm>& edges, int64_t sample, Bf16* p,
               float* out);
  // dout [tokens, width] -> dqkv [tokens, 3 width], and the edges' gradients.
  void backward(const Bf16* dout, const Bf16* qkv, const Bf16* p,
                const std::vector<EdgeTerm>& edges, int64_t sample, float* dqkv);

 private:
  // x, one head's part of rows that are `stride` apart, as a second factor over its own columns
  // (the transpose) or over the tokens.
  const uint32_t* transposed(const Bf16* x, int64_t stride);
  const uint32_t* paired(const Bf16* x, int64_t stride);
  // c [tokens, head] = the transpose of a [tokens, tokens] times b.
  void multiply_transposed(const Bf16* a, const uint32_t* b, float* c, int64_t c_stride);

  AttentionShape shape_;
  const BlockKernels& kernels_;
  float scale_;
  std::vector<float> logits_, scaled_weights_;
  std::vector<Bf16> slopes_;
  std::vector<uint32_t> second_, turned_;
};

}  // namespace saltus
