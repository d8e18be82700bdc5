#include "saltus/base/normal_kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "saltus/base/random.h"

namespace saltus {
namespace {

class NormalKernelsOf : public ::testing::TestWithParam<Isa> {
 protected:
  const NormalKernels& kernels_ = normal_kernels(GetParam());
};

TEST_P(NormalKernelsOf, CountAsPhiloxDoes) {
  constexpr uint32_t kCounters = 68;  // some together, and a few that are not
  const std::array<uint32_t, 2> key = {5, 6};
  std::vector<uint32_t> words(4 * kCounters);
  kernels_.philox({0xfffffff0, 7, 8, 9}, key, kCounters, words.data());  // the lower half overflows
  for (uint32_t i = 0; i < kCounters; ++i) {
    const uint32_t low = 0xfffffff0 + i;
    const auto block = philox({low, low < 0xfffffff0 ? 8U : 7U, 8, 9}, key);
    for (size_t j = 0; j < 4; ++j) ASSERT_EQ(words[4 * i + j], block[j]) << i << " " << j;
  }
}

double unit(const uint32_t* half) {
  return static_cast<double>((half[0] | static_cast<uint64_t>(half[1]) << 32) >> 11) * 0x1p-53;
}

TEST_P(NormalKernelsOf, AreBoxAndMullers) {
  constexpr int64_t kPairs = 200'003;  // no multiple of any register
  std::vector<uint32_t> words(4 * kPairs);
  kernels_.philox({}, {1, 2}, kPairs, words.data());
  // Both ends of both numbers, and angles between two quarters.
  std::fill_n(words.begin(), 4, 0);
  std::fill_n(words.begin() + 4, 4, 0xffffffff);
  for (uint32_t i = 2; i < 34; ++i) words[4 * i + 3] = i << 27;
  std::vector<float> normals(2 * kPairs);
  kernels_.normals(words.data(), kPairs, normals.data());
  for (int64_t i = 0; i < kPairs; ++i) {
    const uint32_t* four = words.data() + 4 * i;
    const double radius = std::sqrt(-2 * std::log1p(-unit(four)));
    const double angle = 2 * std::numbers::pi * unit(four + 2);
    const double expected[2] = {radius * std::cos(angle), radius * std::sin(angle)};
    for (int64_t j = 0; j < 2; ++j) {
      const double here = expected[j];
      ASSERT_NEAR(normals[static_cast<size_t>(2 * i + j)], here, 6.1e-8 * std::abs(here) + 1e-14)
          << i << " " << j;
    }
  }
}

TEST_P(NormalKernelsOf, GiveTheBitsOfTheBaseline) {
  constexpr int64_t kPairs = 50'001;
  std::vector<uint32_t> words(4 * kPairs);
  kernels_.philox({}, {3, 4}, kPairs, words.data());
  std::vector<float> here(2 * kPairs), baseline(2 * kPairs);
  kernels_.normals(words.data(), kPairs, here.data());
  normal_kernels(Isa::baseline).normals(words.data(), kPairs, baseline.data());
  EXPECT_EQ(here, baseline);
}

INSTANTIATE_TEST_SUITE_P(EveryIsa, NormalKernelsOf, ::testing::ValuesIn(available_isas()),
                         [](const auto& tested) { return std::string(isa_name(tested.param)); });

}  // namespace
}  // namespace saltus
