#include "saltus/network/metric.h"

#include <gtest/gtest.h>

#include "saltus/base/error.h"

namespace saltus {
namespace {

Metric cartpole_return() {
  return {.name = "return",
          .maximise = true,
          .measured_on = "simulator",
          .worst = 0,
          .best = 505,
          .resolution = 1};
}

TEST(Metric, CoordinatesRunFromWorstToBest) {
  const Metric up = cartpole_return();
  EXPECT_EQ(up.linear(0), 0);
  EXPECT_EQ(up.linear(505), 1);
  EXPECT_DOUBLE_EQ(up.log_gap(0), 1);
  EXPECT_EQ(up.log_gap(505), 0);
  EXPECT_EQ(up.log_gap(600), 0);
  EXPECT_GT(up.log_gap(480), up.log_gap(495));
  EXPECT_TRUE(up.better(400, 300));
  Metric down = up;
  down.maximise = false;
  down.worst = 100;
  down.best = 2;
  EXPECT_EQ(down.linear(51), 0.5);
  EXPECT_DOUBLE_EQ(down.log_gap(100), 1);
  EXPECT_TRUE(down.better(3, 4));
}

TEST(Metric, SurvivesJsonAndRefusesNonsense) {
  Json json = cartpole_return().to_json();
  EXPECT_EQ(Metric::from_json(json).to_json(), json);
  Json changed = json;
  changed["direction"] = "up";
  EXPECT_THROW(Metric::from_json(changed), Error);
  changed = json;
  changed["best"] = 0;
  EXPECT_THROW(Metric::from_json(changed), Error);
  changed = json;
  changed.erase("worst");
  EXPECT_THROW(Metric::from_json(changed), Error);
}

}  // namespace
}  // namespace saltus
