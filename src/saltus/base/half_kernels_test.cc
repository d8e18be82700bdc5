#include "saltus/base/half_kernels.h"

#include <c10/util/BFloat16.h>
#include <c10/util/Half.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <vector>

#include "saltus/base/random.h"

namespace saltus {
namespace {

class HalfKernelsOf : public ::testing::TestWithParam<Isa> {
 protected:
  const HalfKernels& kernels_ = half_kernels(GetParam());
};

// Every number of 16 bits there is.
std::vector<uint16_t> all_bits() {
  std::vector<uint16_t> bits(65536);
  for (size_t i = 0; i < bits.size(); ++i) bits[i] = static_cast<uint16_t>(i);
  return bits;
}

template <typename T>
void expect_widened(void (*widen)(const void*, float*, int64_t)) {
  const std::vector<uint16_t> bits = all_bits();
  std::vector<float> wide(bits.size());
  widen(bits.data(), wide.data(), static_cast<int64_t>(bits.size()));
  for (size_t i = 0; i < bits.size(); ++i) {
    const auto expected = static_cast<float>(T(bits[i], T::from_bits()));
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(wide[i])) << i;
    } else {
      ASSERT_EQ(std::bit_cast<uint32_t>(wide[i]), std::bit_cast<uint32_t>(expected)) << i;
    }
  }
}

template <typename T>
void expect_narrowed(void (*narrow)(const float*, void*, int64_t)) {
  std::vector<float> wide(40003);  // no multiple of any register
  RandomStream random(3, "half_kernels");
  random.fill_normal(wide);
  for (size_t i = 0; i < wide.size(); i += 3) wide[i] *= 1e-6F;  // subnormal in 16 bits
  for (const uint16_t bits : {uint16_t{0x3c00}, uint16_t{0x3555}, uint16_t{0x0001}}) {  // ties
    wide.push_back(static_cast<float>(T(bits, T::from_bits())) +
                   (static_cast<float>(T(static_cast<uint16_t>(bits + 1), T::from_bits())) -
                    static_cast<float>(T(bits, T::from_bits()))) /
                       2);
  }
  for (const float special : {0.0F, -0.0F, 1e30F, -1e30F, INFINITY}) wide.push_back(special);
  std::vector<uint16_t> bits(wide.size());
  narrow(wide.data(), bits.data(), static_cast<int64_t>(wide.size()));
  for (size_t i = 0; i < wide.size(); ++i) ASSERT_EQ(bits[i], T(wide[i]).x) << wide[i];
}

TEST_P(HalfKernelsOf, WidenEveryNumber) {
  expect_widened<c10::Half>(kernels_.widen_f16);
  expect_widened<c10::BFloat16>(kernels_.widen_bf16);
}

TEST_P(HalfKernelsOf, NarrowToNearestEven) {
  expect_narrowed<c10::Half>(kernels_.narrow_f16);
  expect_narrowed<c10::BFloat16>(kernels_.narrow_bf16);
}

TEST_P(HalfKernelsOf, TouchNothingBeyondTheEnd) {
  for (int64_t n = 0; n < 20; ++n) {
    std::vector<float> wide(24, 7);
    std::vector<uint16_t> bits(24, 0x1234);
    const std::vector<float> ones(24, 1);
    kernels_.narrow_f16(ones.data(), bits.data(), n);
    kernels_.widen_f16(bits.data(), wide.data(), n);
    for (int64_t i = 0; i < 24; ++i) {
      EXPECT_EQ(bits[static_cast<size_t>(i)], i < n ? 0x3c00 : 0x1234);
      EXPECT_EQ(wide[static_cast<size_t>(i)], i < n ? 1 : 7);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(HalfKernels, HalfKernelsOf, ::testing::ValuesIn(available_isas()),
                         [](const auto& isa) { return std::string(isa_name(isa.param)); });

}  // namespace
}  // namespace saltus
