// Matrix products too small for a library call that plans, parallelises and allocates: oneDNN's
// kernels for one thread (brgemm), through LibTorch, at the processor's full rate from some dozen
// rows and columns on. Factors bfloat16, sums float32.
#pragma once

#include <torch/types.h>

#include <algorithm>
#include <cstdint>

#include "saltus/generator/block_kernels.h"

namespace saltus {

// Whether this CPU has bfloat16 dot products.
bool has_small_products();
// And whether they pay, which takes a thread that computes alone.
bool small_products_pay();

// c [rows, columns] = a [rows, inner] b. a and c have their strides; b is [inner / 2, b_stride]
// pairs of rows (BlockKernels::pair_rows); inner is even.
struct Product {
  int64_t rows, columns, inner;
  const Bf16* a;
  int64_t a_stride;
  const uint32_t* b;
  int64_t b_stride;
  float* c;
  int64_t c_stride;
};
void multiply(const Product& product);

// A second factor [inner, columns] for many rows: columns lie in blocks, each [inner / 2, kBlock]
// pairs, since strides of some thousand bytes would fall into the same few lines of the cache.
class SecondFactor {
 public:
  static constexpr int64_t kBlock = 64;

  SecondFactor() = default;
  SecondFactor(int64_t inner, int64_t columns);  // uninitialised

  bool has_memory() const { return memory_.defined(); }
  // Calls fill(first column, columns, where it begins) for every block.
  template <typename Fill>
  void fill(const Fill& fill) {
    auto* to = static_cast<uint32_t*>(memory_.mutable_data_ptr());
    for (int64_t c = 0; c < columns_; c += kBlock) {
      fill(c, std::min(kBlock, columns_ - c), to + c * pairs_);
    }
  }
  // y [rows, columns] = x [rows, x_stride] times the columns from `first` on, a multiple of kBlock.
  void multiply(const Bf16* x, int64_t x_stride, int64_t rows, int64_t first, int64_t columns,
                float* y, int64_t y_stride) const;

 private:
  int64_t pairs_ = 0, columns_ = 0;
  at::Tensor memory_;
};

}  // namespace saltus
