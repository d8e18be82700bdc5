#include "saltus/report/axes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace saltus {
namespace {

TEST(Axes, TicksCoverTheRangeAtRoundSteps) {
  EXPECT_EQ(nice_ticks(3, 487, 5), (std::vector<double>{0, 100, 200, 300, 400, 500}));
  EXPECT_EQ(nice_ticks(492.1, 495.9, 4), (std::vector<double>{492, 493, 494, 495, 496}));
  EXPECT_EQ(nice_ticks(1, 3, 6, true), (std::vector<double>{1, 2, 3}));
}

TEST(Axes, TicksSurviveFlatReversedAndBrokenRanges) {
  for (auto [low, high] : {std::pair(495.0, 495.0), std::pair(0.0, 0.0), std::pair(5.0, 1.0),
                           std::pair(std::nan(""), 1.0), std::pair(1e-9, 2e-9),
                           std::pair(0.0, std::numeric_limits<double>::infinity())}) {
    const std::vector<double> ticks = nice_ticks(low, high, 5);
    ASSERT_GE(ticks.size(), 2u) << low << " " << high;
    EXPECT_LE(ticks.size(), 13u);
    EXPECT_LT(ticks.front(), ticks.back());
    if (std::isfinite(low) && std::isfinite(high)) {
      EXPECT_LE(ticks.front(), std::min(low, high) + 1e-12);
      EXPECT_GE(ticks.back(), std::max(low, high) - 1e-12);
    }
  }
}

TEST(Axes, ScaleMapsEndsOntoEnds) {
  const Scale scale{10, 20, 300, 100};
  EXPECT_DOUBLE_EQ(scale(10), 300);
  EXPECT_DOUBLE_EQ(scale(20), 100);
  EXPECT_DOUBLE_EQ(scale(15), 200);
}

TEST(Axes, ExtentIgnoresWhatIsNotFinite) {
  Extent extent;
  extent.add(std::nan(""));
  EXPECT_TRUE(extent.empty);
  extent.add(3);
  extent.add(-1);
  extent.add(std::numeric_limits<double>::infinity());
  EXPECT_EQ(extent.low, -1);
  EXPECT_EQ(extent.high, 3);
}

TEST(Axes, MarkersOfNeighbouringStylesDifferInShape) {
  EXPECT_NE(draw_marker(0, 0, 0, "").find("<circle"), std::string::npos);
  EXPECT_NE(draw_marker(1, 0, 0, "").substr(draw_marker(1, 0, 0, "").find(" d=")),
            draw_marker(2, 0, 0, "").substr(draw_marker(2, 0, 0, "").find(" d=")));
}

}  // namespace
}  // namespace saltus
