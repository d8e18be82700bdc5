#include "saltus/evaluation/alignment.h"

#include <gtest/gtest.h>

#include "saltus/base/error.h"

namespace saltus {
namespace {

TEST(Alignment, IsOneWhenEveryPromptIsMet) {
  const std::vector<double> prompts{1, 2, 3, 4};
  EXPECT_DOUBLE_EQ(alignment_r2(prompts, prompts), 1);
}

TEST(Alignment, CountsTheDistanceFromThePromptNotFromALine) {
  // Off by 1 everywhere: Σ error² = 4 against Σ variation² = 5.
  EXPECT_NEAR(alignment_r2(std::vector<double>{1, 2, 3, 4}, std::vector<double>{2, 3, 4, 5}), 0.2,
              1e-8);
}

TEST(Alignment, AveragesOverStarts) {
  const std::vector<double> desired{1, 2, 3, 4, 1, 2, 3, 4}, observed{1, 2, 3, 4, 2, 3, 4, 5};
  EXPECT_NEAR(alignment_score(desired, observed, 2), 0.6, 1e-8);
  EXPECT_THROW(alignment_score(desired, observed, 3), Error);
}

TEST(EvenPrompts, StandInTheOrderOfTheDirection) {
  EXPECT_EQ(even_prompts(500, 100, 1, true, 3), (std::vector<double>{100, 300, 500}));
  EXPECT_EQ(even_prompts(0, 2, 0.5, false, 3), (std::vector<double>{0, 0.5, 1}));
}

TEST(SpreadValues, AreRecordedOnesBetweenFirstAndBest) {
  const std::vector<double> run{10, 9, 2, 4.9, 0, 3};
  EXPECT_EQ(spread_values(run, false, 3), (std::vector<double>{10, 4.9, 0}));
  EXPECT_EQ(spread_values(run, true, 2), (std::vector<double>{10, 10}));
}

}  // namespace
}  // namespace saltus
