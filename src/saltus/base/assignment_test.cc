#include "saltus/base/assignment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "saltus/base/random.h"

namespace saltus {
namespace {

float total(std::span<const float> gain, const std::vector<int64_t>& permutation) {
  float sum = 0;
  for (size_t i = 0; i < permutation.size(); ++i) {
    sum += gain[i * permutation.size() + static_cast<size_t>(permutation[i])];
  }
  return sum;
}

TEST(Assignment, EqualsBruteForceOnSmallProblems) {
  for (int64_t n = 1; n <= 7; ++n) {
    for (uint64_t problem = 0; problem < 20; ++problem) {
      RandomStream random(1, "assignment", problem * 100 + static_cast<uint64_t>(n));
      std::vector<float> gain(static_cast<size_t>(n * n));
      random.fill_normal(gain);
      std::vector<int64_t> candidate(static_cast<size_t>(n));
      std::iota(candidate.begin(), candidate.end(), 0);
      float best = -1e9f;
      do {
        best = std::max(best, total(gain, candidate));
      } while (std::next_permutation(candidate.begin(), candidate.end()));
      EXPECT_NEAR(total(gain, best_assignment(gain, n)), best, 1e-5) << "n " << n;
    }
  }
}

TEST(Assignment, ReturnsAPermutationWhenAllGainsAreEqual) {
  std::vector<int64_t> permutation = best_assignment(std::vector<float>(25, 1.0f), 5);
  std::sort(permutation.begin(), permutation.end());
  EXPECT_EQ(permutation, (std::vector<int64_t>{0, 1, 2, 3, 4}));
}

TEST(Assignment, FindsTheHiddenPermutationOfALargeProblem) {
  constexpr int64_t kUnits = 32;
  RandomStream random(2, "assignment");
  std::vector<float> gain(kUnits * kUnits);
  random.fill_normal(gain);
  for (int64_t i = 0; i < kUnits; ++i)
    gain[static_cast<size_t>(i * kUnits + (7 * i + 3) % kUnits)] += 100;
  const std::vector<int64_t> found = best_assignment(gain, kUnits);
  for (int64_t i = 0; i < kUnits; ++i)
    EXPECT_EQ(found[static_cast<size_t>(i)], (7 * i + 3) % kUnits);
}

}  // namespace
}  // namespace saltus
