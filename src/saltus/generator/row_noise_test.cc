#include "saltus/generator/row_noise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace saltus {
namespace {

std::vector<float> first_draws(const RowNoise& noise, int draws = 1) {
  std::vector<float> out(1000);
  RowNoiseStream stream(noise);
  for (int i = 0; i < draws; ++i) stream.draw(out);
  return out;
}

double alignment(const std::vector<float>& a, const std::vector<float>& b) {
  double dot = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    dot += static_cast<double>(a[i]) * b[i];
    aa += static_cast<double>(a[i]) * a[i];
    bb += static_cast<double>(b[i]) * b[i];
  }
  return dot / std::sqrt(aa * bb);
}

TEST(RowNoise, BeginsAndEndsWhereAWalkDoes) {
  const std::vector<float> from = first_draws({.seed = 3}), to = first_draws({.seed = 7});
  EXPECT_EQ(first_draws({.seed = 3, .toward = 7, .turn = 0}), from);
  const std::vector<float> end = first_draws({.seed = 3, .toward = 7, .turn = 1});
  for (size_t i = 0; i < to.size(); ++i) EXPECT_NEAR(end[i], to[i], 1e-6f);
  EXPECT_NE(from, to);
}

TEST(RowNoise, TurnsByEqualAnglesAndKeepsItsLength) {
  const std::vector<float> from = first_draws({.seed = 3, .sample = 2});
  const double whole = std::acos(alignment(from, first_draws({.seed = 7, .sample = 2})));
  for (const double turn : {0.25, 0.5, 0.75}) {
    const std::vector<float> way = first_draws({.seed = 3, .sample = 2, .toward = 7, .turn = turn});
    EXPECT_NEAR(std::acos(alignment(from, way)), turn * whole, 2e-2) << turn;
    double square = 0;
    for (const float value : way) square += static_cast<double>(value) * value;
    EXPECT_NEAR(square / 1000, 1, 0.15) << turn;  // a straight line's middle has half of it
  }
}

TEST(RowNoise, TurnsEveryDrawOfASampler) {
  const RowNoise half = {.seed = 3, .toward = 7, .turn = 0.5};
  EXPECT_NEAR(alignment(first_draws(half, 2), first_draws({.seed = 3}, 2)),
              alignment(first_draws(half, 2), first_draws({.seed = 7}, 2)), 0.05);
  EXPECT_LT(std::abs(alignment(first_draws(half, 1), first_draws(half, 2))), 0.2);
}

TEST(RowNoise, OfTheSameSeedStandsStill) {
  std::vector<float> a = first_draws({.seed = 3});
  const std::vector<float> b = a;
  turn_towards(b, 0.3, a);
  for (size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-6f);
}

}  // namespace
}  // namespace saltus
