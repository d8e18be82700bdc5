#include "saltus/task/cartpole_rollout.h"

#include <gtest/gtest.h>

#include <cmath>

#include "saltus/task/cartpole.h"
#include "saltus/task/cartpole_task.h"

namespace saltus {
namespace {

std::vector<float> untrained_policy() { return make_cartpole()->fresh_network("orthogonal", 3, 0); }

TEST(CartpoleRollout, EndsAtFailureAndSaysSo) {
  const auto played =
      roll_out_cartpole(untrained_policy(), {.seed = 1, .episodes = 5}, selected_isa());
  ASSERT_EQ(played.size(), 5u);
  for (const CartpoleEpisode& episode : played) {
    ASSERT_EQ(episode.states.size(), episode.actions.size() + 1);
    const CartpoleState& last = episode.states.back();
    EXPECT_TRUE(episode.failed);
    EXPECT_TRUE(std::abs(last[0]) > kCartpoleTrack || std::abs(last[2]) > kCartpoleTilt);
    for (size_t t = 0; t + 1 < episode.states.size(); ++t) {
      EXPECT_LE(std::abs(episode.states[t][2]), kCartpoleTilt);
    }
  }
}

TEST(CartpoleRollout, IsTheEvaluationsSimulator) {
  // Means over many episodes, which are not the same ones.
  const std::vector<float> theta = untrained_policy();
  double sum = 0;
  constexpr int kDraws = 1024;
  for (uint64_t seed = 0; seed < kDraws; ++seed) {
    for (const CartpoleEpisode& e :
         roll_out_cartpole(theta, {.seed = seed, .episodes = 16}, selected_isa())) {
      sum += e.episode_return;
    }
  }
  CartpoleActor actor;
  pack_mlp(theta.data(), actor);
  const double expected =
      play_cartpole(actor, RandomStream(0, "test"), 65536, false, selected_isa()).mean_return;
  EXPECT_NEAR(sum / (16 * kDraws), expected, 0.05 * std::abs(expected));
}

TEST(CartpoleRollout, DependsOnSeedAndEpisodeAlone) {
  const std::vector<float> theta = untrained_policy();
  const auto few = roll_out_cartpole(theta, {.seed = 9, .episodes = 2}, selected_isa());
  const auto many = roll_out_cartpole(theta, {.seed = 9, .episodes = 16}, selected_isa());
  EXPECT_EQ(few[1].states, many[1].states);
  EXPECT_NE(few[0].states, few[1].states);
}

TEST(CartpoleRollout, FeelsANudgeAtItsStep) {
  const std::vector<float> theta = untrained_policy();
  RolloutOptions options{.seed = 1, .steps = 8, .deterministic = true};
  options.initial = {{0, 0, 0.05f, 0}};
  const auto free = roll_out_cartpole(theta, options, selected_isa());
  options.nudges = {{.step = 3, .force = 50}};
  const auto pushed = roll_out_cartpole(theta, options, selected_isa());
  EXPECT_EQ(free[0].states[3], pushed[0].states[3]);
  EXPECT_GT(pushed[0].states[4][1], free[0].states[4][1] + 0.1f);
  EXPECT_EQ(free[0].states[0], options.initial[0]);
}

}  // namespace
}  // namespace saltus
