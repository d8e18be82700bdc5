// Elementary functions and random numbers on sixteen lanes (see lanes.h).
// Accuracies hold in the stated ranges and are tested against the C library's double functions.
#pragma once

#include "saltus/base/lanes.h"

namespace saltus::SALTUS_ISA {

// 1.5 * 2^23: adding it rounds to an integer, which then stands in the low bits of the sum.
inline constexpr float kRoundingMagic = 12582912.0f;

// exp(x) for |x| <= 87, relative error 3e-7; beyond, as at ±87.
// x = n ln 2 + r; a degree-6 near-minimax polynomial in r, scaled by 2^n in the exponent.
SALTUS_INLINE Floats exp(const Floats& x) {
  const Floats t = clamp(x, -87.0f, 87.0f);
  const Floats shifted = t * all(1.44269504f) + all(kRoundingMagic);
  const Floats n = shifted - all(kRoundingMagic);
  const Floats r = (t - n * all(0.693359375f)) + n * all(2.12194440e-4f);
  Floats p = all(1.38145741e-3f) * r + all(8.36874553e-3f);
  p = p * r + all(4.16683903e-2f);
  p = p * r + all(1.66665204e-1f);
  p = p * r + all(4.99999934e-1f);
  p = p * r + all(1.0f);
  p = p * r + all(1.0f);
  return bits_as<FloatPiece>(bits_as<IntPiece>(p) + shift_left<23>(bits_as<IntPiece>(shifted)));
}

// SELU (Klambauer et al. 2017): scale * x above 0, scale * alpha * (exp(x) - 1) below.
inline constexpr float kSeluScale = 1.05070098735548f;
inline constexpr float kSeluFloor = 1.75809934084738f;  // scale * alpha

// Absolute error 3e-7 apart from the linear part's rounding. Below -80 the result is the floor.
SALTUS_INLINE Floats selu(const Floats& x) {
  const Floats t = max(min(x, all(0.0f)), all(-80.0f));
  const Floats shifted = t * all(1.44269504f) + all(kRoundingMagic);
  const Floats n = shifted - all(kRoundingMagic);
  const Floats r = t - n * all(0.693147181f);
  // exp(r) by a degree-5 near-minimax polynomial on |r| <= ln 2 / 2, times kSeluFloor.
  Floats p = all(kSeluFloor * 8.31251622e-3f) * r + all(kSeluFloor * 4.18903360e-2f);
  p = p * r + all(kSeluFloor * 1.66671153e-1f);
  p = p * r + all(kSeluFloor * 4.99992303e-1f);
  p = p * r + all(kSeluFloor);
  p = p * r + all(kSeluFloor);
  const Floats e =
      bits_as<FloatPiece>(bits_as<IntPiece>(p) + shift_left<23>(bits_as<IntPiece>(shifted)));
  return max(x, all(0.0f)) * all(kSeluScale) + (e - all(kSeluFloor));
}

// The derivative of SELU, from its value y.
SALTUS_INLINE Floats selu_slope(const Floats& y) {
  return select(y > all(0.0f), all(kSeluScale), y + all(kSeluFloor));
}

// log(x) for normal x > 0, absolute error 2e-7 * max(1, |log x|).
SALTUS_INLINE Floats log(const Floats& x) {
  const Ints bits = bits_as<IntPiece>(x);
  // Mantissa in [sqrt 1/2, sqrt 2): subtract the bits of sqrt 1/2, the exponent falls out.
  const Ints above = bits - all(0x3f3504f3);
  const Ints exponent = shift_right<23>(above);
  const Floats m = bits_as<FloatPiece>((above & all(0x007fffff)) + all(0x3f3504f3)) - all(1.0f);
  const Floats e = by_piece<FloatPiece>(
      [](IntPiece i) __attribute__((always_inline))->FloatPiece {
        return __builtin_convertvector(i, FloatPiece);
      },
      exponent);
  const Floats z = m * m;
  Floats p = all(7.0376836e-2f) * m - all(1.1514610e-1f);
  p = p * m + all(1.1676998e-1f);
  p = p * m - all(1.2420140e-1f);
  p = p * m + all(1.4249323e-1f);
  p = p * m - all(1.6668058e-1f);
  p = p * m + all(2.0000714e-1f);
  p = p * m - all(2.4999994e-1f);
  p = p * m + all(3.3333331e-1f);
  return e * all(0.693147181f) + (m + (p * m * z - all(0.5f) * z));
}

// sin and cos for |x| <= pi, absolute error 1e-6 (1e-7 for |x| <= pi / 2): Taylor, no range
// reduction.
SALTUS_INLINE Floats sin(const Floats& x) {
  const Floats z = x * x;
  Floats p = all(-7.6471637e-13f) * z + all(1.6059044e-10f);
  p = p * z - all(2.5052108e-8f);
  p = p * z + all(2.7557319e-6f);
  p = p * z - all(1.9841270e-4f);
  p = p * z + all(8.3333333e-3f);
  p = p * z - all(1.6666667e-1f);
  return x + x * z * p;
}
SALTUS_INLINE Floats cos(const Floats& x) {
  const Floats z = x * x;
  Floats p = all(4.7794773e-14f) * z - all(1.1470746e-11f);
  p = p * z + all(2.0876757e-9f);
  p = p * z - all(2.7557319e-7f);
  p = p * z + all(2.4801587e-5f);
  p = p * z - all(1.3888889e-3f);
  p = p * z + all(4.1666667e-2f);
  p = p * z - all(0.5f);
  return all(1.0f) + z * p;
}

// Correctly rounded, so the same on every machine.
SALTUS_INLINE Floats square_root(const Floats& x) {
  alignas(64) float lanes[kLanes];
  store(lanes, x);
  for (int l = 0; l < kLanes; ++l) lanes[l] = __builtin_sqrtf(lanes[l]);
  return load(lanes);
}

// Sixteen xorshift128 generators (Marsaglia 2003), side by side.
struct LaneRandom {
  Uints a, b, c, d;

  SALTUS_INLINE explicit LaneRandom(const uint32_t* state)  // [4][16]; no lane all zero
      : a(load(state)), b(load(state + 16)), c(load(state + 32)), d(load(state + 48)) {}
  SALTUS_INLINE void save(uint32_t* state) const {
    store(state, a);
    store(state + 16, b);
    store(state + 32, c);
    store(state + 48, d);
  }

  SALTUS_INLINE Uints bits() {
    Uints t = d;
    const Uints s = a;
    d = c;
    c = b;
    b = s;
    t = t ^ shift_left<11>(t);
    t = t ^ shift_right<8>(t);
    a = t ^ s ^ shift_right<19>(s);
    return a;
  }
  // (0, 1), never an end: 23 bits and a half.
  SALTUS_INLINE Floats uniform() {
    const Ints i = bits_as<IntPiece>(shift_right<9>(bits()));
    const Floats f = by_piece<FloatPiece>(
        [](IntPiece x) __attribute__((always_inline))->FloatPiece {
          return __builtin_convertvector(x, FloatPiece);
        },
        i);
    return (f + all(0.5f)) * all(1.0f / 8388608.0f);
  }
  SALTUS_INLINE Floats uniform(float range) { return (uniform() - all(0.5f)) * all(2 * range); }
  // Two independent N(0, 1) values (Box-Muller).
  SALTUS_INLINE void normals(Floats& x, Floats& y) {
    const Floats radius = square_root(all(-2.0f) * log(uniform()));
    const Floats angle = uniform(3.14159265f);
    x = radius * cos(angle);
    y = radius * sin(angle);
  }
};

}  // namespace saltus::SALTUS_ISA
