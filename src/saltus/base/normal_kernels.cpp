// Compiled once for each instruction set (saltus_kernels in CMakeLists.txt): nothing but kernels.
// Plain loops over a few numbers, which the compiler makes vectors of; multiplications and
// additions are not fused (CMakeLists.txt), so that all instruction sets round alike.
#include "saltus/base/normal_kernels.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace saltus::SALTUS_ISA {

namespace {

constexpr int64_t kTogether = 8;
// Counters together: loops of so many turns become vectors; shorter ones the compiler unrolls and
// leaves scalar.
constexpr int64_t kCounters = 32;
constexpr int64_t kFewCounters = 6;  // are quicker one by one

// Of the counters whose lower 64 bits are `first` and those after it, n in all.
template <int64_t n>
void philox_some(uint64_t first, std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key,
                 uint32_t* words) {
  uint32_t c[4][n];
  for (int64_t i = 0; i < n; ++i) {
    const uint64_t count = first + static_cast<uint64_t>(i);
    c[0][i] = static_cast<uint32_t>(count);
    c[1][i] = static_cast<uint32_t>(count >> 32);
    c[2][i] = counter[2];
    c[3][i] = counter[3];
  }
  for (int round = 0; round < 10; ++round) {
    for (int64_t i = 0; i < n; ++i) {
      const uint64_t a = uint64_t{0xd2511f53} * c[0][i], b = uint64_t{0xcd9e8d57} * c[2][i];
      c[0][i] = static_cast<uint32_t>(b >> 32) ^ c[1][i] ^ key[0];
      c[1][i] = static_cast<uint32_t>(b);
      c[2][i] = static_cast<uint32_t>(a >> 32) ^ c[3][i] ^ key[1];
      c[3][i] = static_cast<uint32_t>(a);
    }
    key[0] += 0x9e3779b9u;
    key[1] += 0xbb67ae85u;
  }
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < 4; ++j) words[4 * i + j] = c[j][i];
  }
}

void philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key, int64_t blocks,
            uint32_t* words) {
  const uint64_t first = counter[0] | static_cast<uint64_t>(counter[1]) << 32;
  int64_t done = 0;
  while (blocks - done >= kFewCounters) {
    uint32_t some[4 * kCounters];
    philox_some<kCounters>(first + static_cast<uint64_t>(done), counter, key, some);
    const int64_t count = std::min(kCounters, blocks - done);
    std::memcpy(words + 4 * done, some, static_cast<size_t>(count) * 4 * sizeof(uint32_t));
    done += count;
  }
  for (; done < blocks; ++done) {
    philox_some<1>(first + static_cast<uint64_t>(done), counter, key, words + 4 * done);
  }
}

constexpr uint64_t kOne = 0x3ff0000000000000, kMantissa = 0x000fffffffffffff;
constexpr double kTwo52 = 0x1p52;

// [0, 1), 53 bits: the number with the upper 52 behind the point, and half of its last place for
// the bit that is left.
inline double unit(uint64_t bits) {
  const double upper = std::bit_cast<double>(kOne | bits >> 12) - 1;
  const double last = std::bit_cast<double>(kOne | (bits >> 11 & 1) << 51) - 1;  // 0 or 1/2
  return upper + last * 0x1p-52;
}

// c0 + c1 z + c2 z^2 + ...
inline double polynomial(double /*z*/, double c0) { return c0; }
template <typename... More>
inline double polynomial(double z, double c0, More... more) {
  return polynomial(z, more...) * z + c0;
}

// log x, 2^-53 <= x <= 1: of the mantissa m in [sqrt 1/2, sqrt 2), 2 artanh((m - 1) / (m + 1)) by
// its series, and the exponent's share.
inline double log_of(double x) {
  constexpr uint64_t kRootHalf = 0x3fe6a09e667f3bcd;
  const uint64_t above = std::bit_cast<uint64_t>(x) - kRootHalf;  // its exponent is that of x / m
  const double m = std::bit_cast<double>((above & kMantissa) + kRootHalf);
  // The exponent, 64 added to keep it positive, as the last bits of a number from 2^52 on.
  const uint64_t e = ((above + (uint64_t{64} << 52)) >> 52) | std::bit_cast<uint64_t>(kTwo52);
  const double exponent = std::bit_cast<double>(e) - (kTwo52 + 64);
  const double s = (m - 1) / (m + 1), z = s * s;
  const double p = polynomial(z, 1.0 / 3, 1.0 / 5, 1.0 / 7, 1.0 / 9, 1.0 / 11, 1.0 / 13, 1.0 / 15,
                              1.0 / 17, 1.0 / 19, 1.0 / 21);
  constexpr double kLog2 = 0.693147180559945309;
  return exponent * kLog2 + (2 * s + 2 * s * z * p);
}

// cos and sin of `turns` in [0, 1) of a circle: Taylor's series for the eighth to either side of
// the nearest quarter, which then says which is which.
inline void on_circle(double turns, double& cosine, double& sine) {
  constexpr double kRound = 0x1.8p52;  // adding it rounds to an integer, in its last bits
  const double shifted = 4 * turns + kRound;
  const uint64_t quarter = std::bit_cast<uint64_t>(shifted);
  const double x = 6.28318530717958648 * (turns - 0.25 * (shifted - kRound)), z = x * x;
  // 3!, 5!, ... and 2!, 4!, ...
  const double s =
      x + x * z *
              polynomial(z, -1.0 / 6, 1.0 / 120, -1.0 / 5040, 1.0 / 362880, -1.0 / 39916800,
                         1.0 / 6227020800, -1.0 / 1307674368000, 1.0 / 355687428096000);
  const double c = 1 + z * polynomial(z, -0.5, 1.0 / 24, -1.0 / 720, 1.0 / 40320, -1.0 / 3628800,
                                      1.0 / 479001600, -1.0 / 87178291200, 1.0 / 20922789888000);
  const uint64_t swap = 0 - (quarter & 1);  // all bits or none
  const uint64_t a = std::bit_cast<uint64_t>(c), b = std::bit_cast<uint64_t>(s);
  cosine = std::bit_cast<double>(((a & ~swap) | (b & swap)) ^ ((quarter + 1) & 2) << 62);
  sine = std::bit_cast<double>(((b & ~swap) | (a & swap)) ^ (quarter & 2) << 62);
}

void normals_some(const uint32_t* words, float* normals) {
  uint64_t bits[2][kTogether];
  for (int64_t i = 0; i < kTogether; ++i) {
    for (int64_t j = 0; j < 2; ++j) {
      const uint32_t* half = words + 4 * i + 2 * j;
      bits[j][i] = half[0] | static_cast<uint64_t>(half[1]) << 32;
    }
  }
  double cosine[kTogether], sine[kTogether];
  for (int64_t i = 0; i < kTogether; ++i) {
    const double radius = std::sqrt(-2.0 * log_of(1.0 - unit(bits[0][i])));
    double c = 0, s = 0;
    on_circle(unit(bits[1][i]), c, s);
    cosine[i] = radius * c;
    sine[i] = radius * s;
  }
  for (int64_t i = 0; i < kTogether; ++i) {
    normals[2 * i] = static_cast<float>(cosine[i]);
    normals[2 * i + 1] = static_cast<float>(sine[i]);
  }
}

void normals(const uint32_t* words, int64_t pairs, float* normals) {
  int64_t i = 0;
  for (; i + kTogether <= pairs; i += kTogether) normals_some(words + 4 * i, normals + 2 * i);
  if (i == pairs) return;
  uint32_t rest[4 * kTogether] = {};
  float done[2 * kTogether];
  const auto left = static_cast<size_t>(pairs - i);
  std::memcpy(rest, words + 4 * i, left * 4 * sizeof(uint32_t));
  normals_some(rest, done);
  std::memcpy(normals + 2 * i, done, left * 2 * sizeof(float));
}

}  // namespace

extern const NormalKernels kNormalKernels;
const NormalKernels kNormalKernels = {philox, normals};

}  // namespace saltus::SALTUS_ISA
