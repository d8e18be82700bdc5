// What a transformer block does between its matrix products, in vector code for CPUs with AVX-512
// and bfloat16 instructions (fused_block.h).
#pragma once

#include <cstdint>

namespace saltus {

using Bf16 = uint16_t;  // the upper half of a float32

// Matrices lie by rows; `stride` is the distance of two rows, in elements, where they may lie
// apart. Gradients by parameters (dgamma, dbeta, dweights) are added to what is there.
struct BlockKernels {
  // out = (x - mean) rstd gamma + beta. statistics [rows, 2]: mean, 1 / standard deviation.
  void (*layer_norm)(const float* x, int64_t rows, int64_t n, const float* gamma, const float* beta,
                     Bf16* out, float* statistics);
  // The gradient through it; dx receives it on top of what it holds.
  void (*layer_norm_backward)(const float* dout, const float* x, const float* statistics,
                              int64_t rows, int64_t n, const float* gamma, float* dx, float* dgamma,
                              float* dbeta);
  // out = x + shift.
  void (*narrow)(const float* x, int64_t rows, int64_t n, const float* shift, Bf16* out);
  // y = x + added + shift.
  void (*residual)(const float* x, const float* added, const float* shift, int64_t rows, int64_t n,
                   float* y);
  // u = x + shift, g = gelu(u), with the normal distribution's own function (Hendrycks and Gimpel
  // 2016); x has no gaps, u and g have `stride`.
  void (*gelu)(const float* x, const float* shift, int64_t rows, int64_t n, Bf16* u, Bf16* g,
               int64_t stride);
  // From dg, without gaps, and u: du, and g once more.
  void (*gelu_backward)(const float* dg, const Bf16* u, int64_t rows, int64_t n, Bf16* du, Bf16* g,
                        int64_t stride);
  // p = softmax(scale s) by rows of `tokens`, zero from there up to `stride`, which is `tokens`
  // rounded up to 16; s is used up.
  void (*softmax)(float* s, int64_t tokens, int64_t stride, float scale, Bf16* p);
  // In place of the gradient by p that by the logits, and times `scale` in ds, whose rows, as those
  // of p, are zero from `tokens` up to `stride`.
  void (*softmax_backward)(float* dp, const Bf16* p, int64_t tokens, int64_t stride, float scale,
                           Bf16* ds);
  // s += sum over f of weights[f] features[f], a part [queries, keys] of the logits;
  // features [count, queries, keys].
  void (*add_edges)(float* s, int64_t stride, int64_t queries, int64_t keys, const float* features,
                    const float* weights, int64_t count);
  void (*edges_backward)(const float* ds, int64_t stride, int64_t queries, int64_t keys,
                         const float* features, float* dweights, int64_t count);
  // Pairs of rows side by side, as products take their second factor: out [rows / 2, stride of
  // pairs]; an odd last row is paired with zeros.
  void (*pair_rows)(const Bf16* x, int64_t x_stride, int64_t rows, int64_t n, uint32_t* out,
                    int64_t out_stride);
  // The transpose, as products take their first factor: out [n, out_stride pairs of rows].
  void (*transpose)(const Bf16* x, int64_t x_stride, int64_t rows, int64_t n, uint32_t* out,
                    int64_t out_stride);
  // The transpose as a second factor: x [rows, pairs], out [pairs, out_stride of rows].
  void (*transpose_pairs)(const uint32_t* x, int64_t x_stride, int64_t rows, int64_t pairs,
                          uint32_t* out, int64_t out_stride);
  // The sum of each row of x [rows, pairs], of both halves of all pairs.
  void (*sum_pairs)(const uint32_t* x, int64_t rows, int64_t pairs, float* sums);
};

// None where the compiler's target is not x86-64. To be called only on a CPU that has AVX-512 with
// bfloat16.
const BlockKernels* block_kernels();

}  // namespace saltus
