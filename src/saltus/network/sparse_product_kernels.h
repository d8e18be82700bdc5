// Products with inputs most of whose numbers are alike, one table for each instruction set. avx2
// and avx512 give equal bits.
#pragma once

#include <cstdint>

#include "saltus/base/isa.h"

namespace saltus {

// Rows of a weight that are multiplied at once: a tile.
inline constexpr int64_t kSparseTile = 32;

// Sparse rows of numbers, as inputs that lack what is their background's: of row i, entries
// first[i] .. first[i + 1].
struct SparseEntries {
  const int32_t* first;   // [rows + 1]
  const int32_t* column;  // ascending within a row
  const float* value;     // less the background
};

// A tile is [n, kSparseTile], aligned to 64 bytes.
struct SparseProductKernels {
  // Makes a tile [columns, kSparseTile] of that many rows of `columns` numbers. sums
  // [kSparseTile]: of each row.
  void (*turn)(const float* const* rows, int64_t columns, float* tile, float* sums);

  // sums [kSparseTile]: of each row that became the tile.
  void (*add_up)(const float* tile, int64_t columns, float* sums);

  // y[r * stride + i] = base[r] + the products of row r of the tile and sparse row i, for `count`
  // rows of the tile and `many` sparse rows.
  void (*multiply)(const float* tile, const float* base, const SparseEntries& x, int64_t many,
                   int64_t count, float* y, int64_t stride);

  // The same as a tile: y[i * kSparseTile + r], for all rows of the tile.
  void (*multiply_to_tile)(const float* tile, const float* base, const SparseEntries& x,
                           int64_t many, float* y);
};

const SparseProductKernels& sparse_product_kernels(Isa isa);

}  // namespace saltus
