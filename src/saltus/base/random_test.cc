#include "saltus/base/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace saltus {
namespace {

using Block = std::array<uint32_t, 4>;

// The known answers published with Random123 (kat_vectors, philox4x32 10).
TEST(Philox, KnownAnswers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomStream, IsAFunctionOfSeedNameAndIndex) {
  const auto first = [](uint64_t seed, const char* name, uint64_t index) {
    return RandomStream(seed, name, index).bits64();
  };
  EXPECT_EQ(first(1, "a", 2), first(1, "a", 2));
  EXPECT_NE(first(1, "a", 2), first(2, "a", 2));
  EXPECT_NE(first(1, "a", 2), first(1, "b", 2));
  EXPECT_NE(first(1, "a", 2), first(1, "a", 3));
  EXPECT_NE(first(1, "a", 2), first(1, "a", 2 + (uint64_t{1} << 32)));
}

TEST(RandomStream, NormalHasTheMomentsOfTheNormal) {
  RandomStream random(7, "moments");
  const int n = 400'000;
  double m1 = 0, m2 = 0, m3 = 0, m4 = 0;
  for (int i = 0; i < n; ++i) {
    const double x = random.normal();
    m1 += x, m2 += x * x, m3 += x * x * x, m4 += x * x * x * x;
  }
  // Five standard errors of each moment: sqrt(var / n) with var 1, 2, 15, 96.
  EXPECT_NEAR(m1 / n, 0, 5 * std::sqrt(1.0 / n));
  EXPECT_NEAR(m2 / n, 1, 5 * std::sqrt(2.0 / n));
  EXPECT_NEAR(m3 / n, 0, 5 * std::sqrt(15.0 / n));
  EXPECT_NEAR(m4 / n, 3, 5 * std::sqrt(96.0 / n));
}

TEST(RandomStream, BelowIsUniform) {
  RandomStream random(8, "below");
  const int n = 70'000;
  std::array<int, 7> count{};
  for (int i = 0; i < n; ++i) ++count.at(random.below(count.size()));
  double chi2 = 0;
  for (int k : count) chi2 += std::pow(k - n / 7.0, 2) / (n / 7.0);
  EXPECT_LT(chi2, 22.5);  // 99.9 % point with 6 degrees of freedom
}

TEST(RandomStream, BelowReachesBothEndsOfLargeRanges) {
  RandomStream random(9, "below");
  const uint64_t n = (uint64_t{1} << 63) + 1;  // nearly half of all draws are rejected
  uint64_t low = n, high = 0;
  for (int i = 0; i < 1000; ++i) {
    const uint64_t value = random.below(n);
    ASSERT_LT(value, n);
    low = std::min(low, value);
    high = std::max(high, value);
  }
  EXPECT_LT(low, n / 100);
  EXPECT_GT(high, n - n / 100);
}

TEST(RandomStream, UniformsStayBelowOne) {
  RandomStream random(10, "uniform");
  double sum = 0;
  for (int i = 0; i < 100'000; ++i) {
    const float x = random.uniform();
    const double y = random.uniform_double();
    ASSERT_TRUE(x >= 0 && x < 1 && y >= 0 && y < 1);
    sum += x + y;
  }
  EXPECT_NEAR(sum / 200'000, 0.5, 5 * std::sqrt(1 / 12.0 / 200'000));
}

TEST(RandomStream, FillNormalEqualsRepeatedNormal) {
  for (const size_t before : {0, 1, 2, 3}) {  // words drawn already: within a block, or not
    RandomStream a(11, "fill"), b(11, "fill");
    for (size_t i = 0; i < before; ++i) EXPECT_EQ(a.bits(), b.bits());
    for (const size_t count : {9, 400, 1, 2, 131}) {
      std::vector<float> filled(count);
      a.fill_normal(filled);
      for (float x : filled) ASSERT_EQ(x, b.normal());
    }
    EXPECT_EQ(a.bits(), b.bits());
  }
}

}  // namespace
}  // namespace saltus
