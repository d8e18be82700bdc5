#include <gtest/gtest.h>

#include <cmath>

#include "saltus/evaluation/fake_world_test.h"

namespace saltus {
namespace {

class PromptRanges : public fake::World {
 protected:
  void SetUp() override {
    World::SetUp();
    config.prompts = 3;
    config.novelty = config.diversity = config.baselines = false;
  }
};

TEST_F(PromptRanges, ReachFromTheZoosBestToTheirEndsEvenlyOrLogarithmically) {
  config.prompt_ranges = {"100", "log 4"};
  const Json results = evaluate(fake::generator(fake::perfect));
  const double best = results["zoo"]["best"];
  const Json& rows = results["alignment"]["rows"];
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0]["range"], "100");
  EXPECT_NEAR(rows[0]["points"][1]["prompt"].get<double>(), (best + 100) / 2, 1e-9);
  EXPECT_NEAR(rows[1]["points"][1]["prompt"].get<double>(), std::sqrt(best * 4), 1e-9);
  EXPECT_NEAR(rows[1]["points"][2]["prompt"].get<double>(), 4, 1e-9);
}

TEST_F(PromptRanges, RefuseWhatIsNoValueOrBetterThanTheZoo) {
  for (const char* text : {"far", "log", "1 2", "499.9", "log -3"}) {
    config.prompt_ranges = {text};
    EXPECT_THROW(evaluate(fake::generator(fake::perfect)), Error) << text;
  }
}

TEST_F(PromptRanges, RecalibrationUndoesAMonotoneBias) {
  config.recalibrate = true;
  config.prompts = 5;
  // Reaches only 0.8 of what it is asked for.
  const Json results = evaluate(fake::generator(
      [](const at::Tensor& start, const at::Tensor& noise, const at::Tensor& target) {
        return fake::perfect(start, noise, 0.8 * target);
      }));
  const Json& rows = results["alignment"]["rows"];
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1]["chooser"], "recalibration");
  const double best = results["zoo"]["best"];
  for (const Json& point : rows[1]["points"]) {
    // The generator's range ends at the zoo's best: 0.8 of that is the most it can be made to
    // reach.
    EXPECT_NEAR(point["mean"].get<double>(), std::min(point["prompt"].get<double>(), 0.8 * best), 3)
        << point;
  }
  EXPECT_LT(rows[0]["r2"].get<double>(), 0.9);
}

}  // namespace
}  // namespace saltus
