#include "saltus/evaluation/statistics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace saltus {
namespace {

const std::vector<double> kSample = {4, 1, 3, 2, 10};

TEST(Statistics, MeanAndDeviationOfAKnownSample) {
  EXPECT_DOUBLE_EQ(mean(kSample), 4);
  EXPECT_NEAR(standard_deviation(kSample), std::sqrt(10.0), 1e-12);
}

TEST(Statistics, QuantilesInterpolateBetweenNeighbours) {
  EXPECT_DOUBLE_EQ(quantile(kSample, 0), 1);
  EXPECT_DOUBLE_EQ(quantile(kSample, 1), 10);
  EXPECT_DOUBLE_EQ(median(kSample), 3);
  EXPECT_DOUBLE_EQ(quantile(kSample, 0.9), 4 + 0.6 * 6);
  EXPECT_TRUE(std::isnan(quantile({}, 0.5)));
}

TEST(Statistics, RSquaredComparesWithTheDiagonalNotWithTheBestLine) {
  const std::vector<double> desired = {1, 2, 3, 4};
  EXPECT_DOUBLE_EQ(r_squared(desired, desired), 1);
  EXPECT_DOUBLE_EQ(r_squared(desired, std::vector<double>(4, 2.5)), 0);
  // A perfect line of the wrong height: correlation 1, but Σ error² = 4 against Σ spread² = 5.
  const std::vector<double> raised = {2, 3, 4, 5};
  EXPECT_DOUBLE_EQ(r_squared(desired, raised), 1 - 4.0 / 5.0);
  EXPECT_DOUBLE_EQ(correlation(desired, raised), 1);
}

TEST(Statistics, SlopeAndCorrelationOfAKnownSample) {
  const std::vector<double> x = {0, 1, 2}, y = {0, 2, 1};
  EXPECT_DOUBLE_EQ(slope(x, y), 0.5);
  EXPECT_DOUBLE_EQ(correlation(x, y), 0.5);
}

}  // namespace
}  // namespace saltus
