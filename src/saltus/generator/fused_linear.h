// A linear layer on one thread, its weights packed once for many rows: fused_block.h.
#pragma once

#include <torch/types.h>

#include <utility>
#include <vector>

#include "saltus/generator/block_kernels.h"
#include "saltus/generator/small_products.h"

namespace saltus {

class FusedLinear {
 public:
  // Layers of the same input, their outputs side by side: each weight [out, in], bias [out].
  using Layers = std::vector<std::pair<at::Tensor, at::Tensor>>;
  FusedLinear(const BlockKernels& kernels, Layers layers);

  int64_t in() const { return in_; }
  int64_t out() const { return out_; }
  const float* shift() const { return shift_.const_data_ptr<float>(); }  // the bias [out]

  // Takes the layers as they are now for forward() and, where asked for, for backward().
  void pack(bool for_backward);
  // y [rows, columns] = x [rows, in] times the weights of the outputs from `first` on; no bias.
  void forward(const Bf16* x, int64_t rows, int64_t first, int64_t columns, float* y) const;
  // dx [rows, columns] = dy [rows, out] times the weights of the inputs from `first` on.
  void backward(const Bf16* dy, int64_t rows, int64_t first, int64_t columns, float* dx) const;

 private:
  const BlockKernels& kernels_;
  Layers layers_;
  int64_t in_ = 0, out_ = 0;
  at::Tensor shift_, weight_;        // weight bfloat16 [out, in]
  SecondFactor forward_, backward_;  // inputs by outputs, outputs by inputs
};

// Gathers what the gradient of a linear layer's weight is made of, some rows at a time.
class WeightGradient {
 public:
  WeightGradient(const BlockKernels& kernels, int64_t rows, int64_t in, int64_t out);
  // Rows [first, first + rows), first even, of the gradient by the output and of the input.
  void add(int64_t first, int64_t rows, const Bf16* dy, const Bf16* x);
  // After all rows: [out, in], and the bias's [out].
  at::Tensor weight() const;
  at::Tensor bias() const;

 private:
  const BlockKernels& kernels_;
  int64_t in_, out_, pairs_;
  at::Tensor dy_;   // [out, pairs] of two bfloat16 each
  SecondFactor x_;  // rows by inputs
};

}  // namespace saltus
