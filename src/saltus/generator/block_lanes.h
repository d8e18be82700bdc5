// Vectors of float32 and bfloat16 numbers for block_kernels.cpp, and loops over them.
#pragma once

#include <immintrin.h>

#include <type_traits>

#include "saltus/base/lanes.h"
#include "saltus/generator/block_kernels.h"

namespace saltus::SALTUS_ISA {

using Vector = __m512;

inline constexpr __mmask16 kAll = 0xffff;

// Lanes of the vector that begins at i of n.
inline __mmask16 lanes_of(int64_t i, int64_t n) {
  return n - i >= kLanes ? kAll : __mmask16((1u << (n - i)) - 1);
}

// Calls body(i, lanes) for the vectors of n numbers; that all but the last are whole is known when
// compiling.
template <typename Body>
[[gnu::always_inline]] inline void each_vector(int64_t n, const Body& body) {
  const int64_t last = (n - 1) / kLanes * kLanes;
  for (int64_t i = 0; i < last; i += kLanes) body(i, kAll);
  body(last, lanes_of(last, n));
}

// Calls work(r, count) for the rows in fours and one by one, `count` known when compiling: the sums
// of rows that are worked on together need not wait for each other.
template <typename Work>
inline void in_fours(int64_t rows, const Work& work) {
  constexpr int kRows = 4;
  int64_t r = 0;
  for (; r + kRows <= rows; r += kRows) work(r, std::integral_constant<int, kRows>());
  for (; r < rows; ++r) work(r, std::integral_constant<int, 1>());
}

inline Vector load(const float* x, __mmask16 lanes) { return _mm512_maskz_loadu_ps(lanes, x); }
inline void store(float* x, __mmask16 lanes, Vector v) { _mm512_mask_storeu_ps(x, lanes, v); }

inline __m512i load_words(const Bf16* x, __mmask16 lanes) {
  return _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(lanes, x));
}
inline Vector load(const Bf16* x, __mmask16 lanes) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(load_words(x, lanes), 16));
}
inline void store(Bf16* x, __mmask16 lanes, Vector v) {
  _mm256_mask_storeu_epi16(x, lanes, reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(v)));
}

inline Vector fill(float x) { return _mm512_set1_ps(x); }
inline float sum(Vector x) { return _mm512_reduce_add_ps(x); }

inline constexpr float kLog2E = 1.44269504f;

// 2^x, x <= 0, relative error 2e-7: a near-minimax polynomial on [-1/2, 1/2], scaled. (exp of
// lane_math.h has the bits of AVX2, which has no such instruction.)
inline Vector exp2(Vector x) {
  const Vector n = _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  const Vector r = x - n;
  Vector p = fill(1.3264727e-3f) * r + fill(9.6715130e-3f);
  p = p * r + fill(5.5507336e-2f);
  p = p * r + fill(2.4022242e-1f);
  p = p * r + fill(6.9314700e-1f);
  p = p * r + fill(1.0f);
  return _mm512_scalef_ps(p, n);
}

// 1 / x to 2^-27: Newton's step from an approximation by 2^-14.
inline Vector reciprocal(Vector x) {
  const Vector y = _mm512_rcp14_ps(x);
  return y * (fill(2) - x * y);
}

}  // namespace saltus::SALTUS_ISA
