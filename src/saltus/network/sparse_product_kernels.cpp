// Compiled once for each instruction set (saltus_kernels in CMakeLists.txt): nothing but kernels.
#include "saltus/network/sparse_product_kernels.h"

#include "saltus/base/lanes.h"

namespace saltus::SALTUS_ISA {

namespace {

constexpr int kWide = kSparseTile / kLanes;
constexpr int64_t kGroup = 16;  // sparse rows whose results are turned back together
constexpr int64_t kSquare = 8;  // of rows and columns that are turned together
using Eight [[gnu::vector_size(4 * kSquare), gnu::aligned(4), gnu::may_alias]] = float;

// out[k * kSparseTile] = element k of each of eight rows.
SALTUS_INLINE void turn_square(const float* const* rows, int64_t column, float* out) {
  const auto row = [&](int r) __attribute__((always_inline)) {
    return *reinterpret_cast<const Eight*>(rows[r] + column);
  };
  Eight pairs[kSquare], fours[kSquare];
#pragma GCC unroll 4
  for (int r = 0; r < kSquare; r += 2) {
    pairs[r] = __builtin_shufflevector(row(r), row(r + 1), 0, 8, 1, 9, 4, 12, 5, 13);
    pairs[r + 1] = __builtin_shufflevector(row(r), row(r + 1), 2, 10, 3, 11, 6, 14, 7, 15);
  }
#pragma GCC unroll 2
  for (int half = 0; half < kSquare; half += 4) {
#pragma GCC unroll 2
    for (int i = 0; i < 2; ++i) {
      const Eight a = pairs[half + i], b = pairs[half + 2 + i];
      fours[half + 2 * i] = __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13);
      fours[half + 2 * i + 1] = __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
    }
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const Eight a = fours[i], b = fours[4 + i];
    *reinterpret_cast<Eight*>(out + i * kSparseTile) =
        __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11);
    *reinterpret_cast<Eight*>(out + (4 + i) * kSparseTile) =
        __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
  }
}

SALTUS_INLINE void add_rows(const float* tile, int64_t count, Floats* sums) {
  for (int64_t i = 0; i < count; ++i) {
#pragma GCC unroll 2
    for (int w = 0; w < kWide; ++w) sums[w] = sums[w] + load(tile + i * kSparseTile + w * kLanes);
  }
}

void turn(const float* const* rows, int64_t columns, float* tile, float* sums) {
  Floats all_sums[kWide] = {};
  for (int64_t begin = 0; begin < columns; begin += kSquare) {
    const int64_t some = columns - begin < kSquare ? columns - begin : kSquare;
    float* out = tile + begin * kSparseTile;
    if (some == kSquare) {
      for (int64_t r = 0; r < kSparseTile; r += kSquare) turn_square(rows + r, begin, out + r);
    } else {
      for (int64_t i = 0; i < some; ++i) {
        for (int64_t r = 0; r < kSparseTile; ++r) out[i * kSparseTile + r] = rows[r][begin + i];
      }
    }
    add_rows(out, some, all_sums);
  }
  for (int w = 0; w < kWide; ++w) store(sums + w * kLanes, all_sums[w]);
}

void add_up(const float* tile, int64_t columns, float* sums) {
  Floats all_sums[kWide] = {};
  add_rows(tile, columns, all_sums);
  for (int w = 0; w < kWide; ++w) store(sums + w * kLanes, all_sums[w]);
}

// Even and odd entries add up apart, so that a sum need not wait for the one before.
SALTUS_INLINE void multiply_one(const float* tile, const float* base, const SparseEntries& x,
                                int64_t row, float* y) {
  Floats even[kWide], odd[kWide] = {};
#pragma GCC unroll 2
  for (int w = 0; w < kWide; ++w) even[w] = load(base + w * kLanes);
  const auto add = [&](int32_t entry, Floats * sum) __attribute__((always_inline)) {
    const float* weights = tile + int64_t{x.column[entry]} * kSparseTile;
    const Floats value = all(x.value[entry]);
#pragma GCC unroll 2
    for (int w = 0; w < kWide; ++w) sum[w] = sum[w] + value * load(weights + w * kLanes);
  };
  int32_t entry = x.first[row];
  const int32_t end = x.first[row + 1];
  for (; entry + 1 < end; entry += 2) {
    add(entry, even);
    add(entry + 1, odd);
  }
  if (entry < end) add(entry, even);
#pragma GCC unroll 2
  for (int w = 0; w < kWide; ++w) store(y + w * kLanes, even[w] + odd[w]);
}

void multiply(const float* tile, const float* base, const SparseEntries& x, int64_t many,
              int64_t count, float* y, int64_t stride) {
  alignas(64) float group[kGroup * kSparseTile];
  for (int64_t first = 0; first < many; first += kGroup) {
    const int64_t some = many - first < kGroup ? many - first : kGroup;
    for (int64_t i = 0; i < some; ++i) {
      multiply_one(tile, base, x, first + i, group + i * kSparseTile);
    }
    for (int64_t r = 0; r < count; ++r) {
      for (int64_t i = 0; i < some; ++i) y[r * stride + first + i] = group[i * kSparseTile + r];
    }
  }
}

void multiply_to_tile(const float* tile, const float* base, const SparseEntries& x, int64_t many,
                      float* y) {
  for (int64_t i = 0; i < many; ++i) multiply_one(tile, base, x, i, y + i * kSparseTile);
}

}  // namespace

extern const SparseProductKernels kSparseProductKernels;
const SparseProductKernels kSparseProductKernels = {turn, add_up, multiply, multiply_to_tile};

}  // namespace saltus::SALTUS_ISA
