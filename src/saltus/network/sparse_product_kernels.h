// Products with inputs most of whose numbers are alike, one table for each instruction set. avx2
// and avx512 give equal bits.
#pragma once

#include <cstdint>

#include "saltus/base/isa.h"

namespace saltus {

// Rows of a weight that are multiplied at once: a tile.
inline constexpr int64_t kSparseTile = 32;

// What of each input is not the background's: of input b, entries first[b] .. first[b + 1].
struct SparseEntries {
  const int32_t* first;   // [inputs + 1]
  const int32_t* column;  // ascending within an input
  const float* value;     // less the background
};

struct SparseProductKernels {
  // Makes a tile [columns, kSparseTile], aligned to 64 bytes, of that many rows of `columns`
  // numbers. sums [kSparseTile]: of each row.
  void (*turn)(const float* const* rows, int64_t columns, float* tile, float* sums);

  // y[r * stride + b] = base[r] + the products of row r and the entries of input b, for `count`
  // rows of the tile and `inputs` inputs.
  void (*multiply)(const float* tile, const float* base, const SparseEntries& x, int64_t inputs,
                   int64_t count, float* y, int64_t stride);
};

const SparseProductKernels& sparse_product_kernels(Isa isa);

}  // namespace saltus
