// Compiled once for each instruction set (saltus_kernels in CMakeLists.txt): nothing but kernels.
#include "saltus/base/half_kernels.h"

#include <cstring>

#if defined(__F16C__)
#include <immintrin.h>
#else
#include <c10/util/Half.h>
#endif

namespace saltus::SALTUS_ISA {

namespace {

using Bits = uint16_t;

#if defined(__F16C__)

constexpr int64_t kTogether = 8;

void widen_some(const Bits* from, float* to) {
  _mm256_storeu_ps(to, _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))));
}

void narrow_some(const float* from, Bits* to) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to),
                   _mm256_cvtps_ph(_mm256_loadu_ps(from), _MM_FROUND_TO_NEAREST_INT));
}

#else

constexpr int64_t kTogether = 1;

void widen_some(const Bits* from, float* to) { *to = c10::Half(*from, c10::Half::from_bits()); }

void narrow_some(const float* from, Bits* to) { *to = c10::Half(*from).x; }

#endif

// All n, kTogether at a time; the last ones among zeros.
template <typename From, typename To, typename Some>
void in_groups(const From* from, To* to, int64_t n, const Some& some) {
  int64_t i = 0;
  for (; i + kTogether <= n; i += kTogether) some(from + i, to + i);
  From rest[kTogether] = {};
  To done[kTogether];
  std::memcpy(rest, from + i, static_cast<size_t>(n - i) * sizeof(From));
  some(rest, done);
  std::memcpy(to + i, done, static_cast<size_t>(n - i) * sizeof(To));
}

void widen_f16(const void* from, float* to, int64_t n) {
  in_groups(static_cast<const Bits*>(from), to, n,
            [](const Bits* some, float* wide) { widen_some(some, wide); });
}

void narrow_f16(const float* from, void* to, int64_t n) {
  in_groups(from, static_cast<Bits*>(to), n,
            [](const float* some, Bits* narrow) { narrow_some(some, narrow); });
}

// The upper half of a float32; these loops the compiler vectorises itself.
void widen_bf16(const void* from, float* to, int64_t n) {
  const auto* bits = static_cast<const Bits*>(from);
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t wide = static_cast<uint32_t>(bits[i]) << 16;
    std::memcpy(to + i, &wide, sizeof(wide));
  }
}

void narrow_bf16(const float* from, void* to, int64_t n) {
  auto* bits = static_cast<Bits*>(to);
  for (int64_t i = 0; i < n; ++i) {
    uint32_t wide = 0;
    std::memcpy(&wide, from + i, sizeof(wide));
    const uint32_t rounded = (wide + 0x7fff + (wide >> 16 & 1)) >> 16;
    const bool is_nan = (wide & 0x7fffffff) > 0x7f800000;
    bits[i] = static_cast<Bits>(is_nan ? 0x7fc0 : rounded);
  }
}

}  // namespace

extern const HalfKernels kHalfKernels;
const HalfKernels kHalfKernels = {widen_f16, widen_bf16, narrow_f16, narrow_bf16};

}  // namespace saltus::SALTUS_ISA
