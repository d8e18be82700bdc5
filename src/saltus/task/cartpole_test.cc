#include "saltus/task/cartpole.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "saltus/base/safetensors.h"

namespace saltus {
namespace {

// One pole on one cart, in the first of sixteen lanes; the others repeat it.
struct Pole {
  float position = 0, velocity = 0, angle = 0, spin = 0;
};

struct Step {
  Pole pole;
  float reward;
  bool failed;
};

Step advance(Isa isa, const CartpolePhysics& physics, const Pole& pole, float action) {
  AlignedVector<float> actions(16, action), state(4 * 16), reward(16);
  std::vector<int32_t> failed(16);
  const float start[] = {pole.position, pole.velocity, pole.angle, pole.spin};
  for (size_t k = 0; k < 4; ++k)
    std::fill_n(state.begin() + static_cast<int64_t>(k) * 16, 16, start[k]);
  cartpole_kernels(isa).step(physics, actions.data(), state.data(), reward.data(), failed.data(),
                             16);
  return {{state[0], state[16], state[32], state[48]}, reward[0], failed[0] != 0};
}

double energy(const CartpolePhysics& p, const Pole& s) {
  const double ml = p.pole_mass * p.pole_length;
  return 0.5 * (p.cart_mass + p.pole_mass) * s.velocity * s.velocity +
         ml * std::cos(s.angle) * s.velocity * s.spin +
         0.5 * (p.pole_inertia + ml * p.pole_length) * s.spin * s.spin +
         ml * p.gravity * std::cos(s.angle);
}

CartpolePhysics without_limits(double step) {
  CartpolePhysics physics;
  physics.cart_speed_limit = physics.pole_speed_limit = 1e6f;
  physics.step = static_cast<float>(step);
  return physics;
}

// The state after `seconds` of a constant action, in steps of 1 / rate.
Pole fall(Isa isa, int rate, double seconds, float action) {
  const CartpolePhysics physics = without_limits(1.0 / rate);
  Pole pole{0.1f, -0.3f, 0.4f, 0.2f};
  for (int i = 0; i < std::lround(seconds * rate); ++i)
    pole = advance(isa, physics, pole, action).pole;
  return pole;
}

fs::path golden_folder() {
  const char* named = std::getenv("SALTUS_GOLDEN");
  return named != nullptr ? fs::path(named) : fs::path(SALTUS_SOURCE_DIR) / "tests" / "golden";
}

std::vector<float> golden_policy(const SafetensorsFile& file) {
  const auto theta = file.at("cartpole.theta").as<float>();
  return {theta.begin(), theta.end()};
}

class EveryIsa : public testing::TestWithParam<Isa> {};

TEST_P(EveryIsa, ConservesEnergyWithoutForce) {
  // Semi-implicit Euler: the error is of first order in the step, so it halves with it.
  double last = 0;
  for (const int rate : {240, 480, 960}) {
    const CartpolePhysics physics = without_limits(1.0 / rate);
    Pole pole{0, 0.2f, 0.3f, -0.1f};
    const double before = energy(physics, pole);
    double worst = 0;
    for (int i = 0; i < rate / 2; ++i) {
      pole = advance(GetParam(), physics, pole, 0).pole;
      worst = std::max(worst, std::abs(energy(physics, pole) - before));
    }
    EXPECT_LT(worst, 6.0 / rate) << rate << " steps a second";
    if (last > 0) {
      EXPECT_NEAR(worst / last, 0.5, 0.1) << rate << " steps a second";
    }
    last = worst;
  }
}

TEST_P(EveryIsa, ConvergesAsTheStepIsHalved) {
  const Pole exact = fall(GetParam(), 4096, 0.25, 0.05f);
  double last = 0;
  for (const int rate : {64, 128, 256}) {
    const Pole pole = fall(GetParam(), rate, 0.25, 0.05f);
    const double error =
        std::abs(pole.angle - exact.angle) + std::abs(pole.position - exact.position);
    if (last > 0) {
      EXPECT_NEAR(error / last, 0.5, 0.1) << rate << " steps a second";
    }
    last = error;
  }
  EXPECT_LT(last, 0.02);
}

TEST_P(EveryIsa, IsMirrorSymmetric) {
  Pole a{0.1f, -0.3f, 0.2f, 0.7f}, b{-0.1f, 0.3f, -0.2f, -0.7f};
  for (int i = 0; i < 40; ++i) {
    const float action = 0.3f * static_cast<float>(std::sin(i));
    const Step one = advance(GetParam(), {}, a, action),
               other = advance(GetParam(), {}, b, -action);
    a = one.pole;
    b = other.pole;
    EXPECT_EQ(a.position, -b.position);
    EXPECT_EQ(a.velocity, -b.velocity);
    EXPECT_EQ(a.angle, -b.angle);
    EXPECT_EQ(a.spin, -b.spin);
    EXPECT_EQ(one.reward, other.reward);
    EXPECT_EQ(one.failed, other.failed);
  }
}

TEST_P(EveryIsa, PushesTheCartAsNewtonSays) {
  // A standing pole and a short push: (M + m) x'' + m l θ'' = F, m l x'' + (I + m l²) θ'' = 0.
  const CartpolePhysics p = without_limits(1e-3);
  const Pole pole = advance(GetParam(), p, {}, 0.01f).pole;
  const double ml = p.pole_mass * p.pole_length, a22 = p.pole_inertia + ml * p.pole_length;
  const double acceleration = 4.0 / (p.cart_mass + p.pole_mass - ml * ml / a22);
  EXPECT_NEAR(pole.velocity, acceleration * 1e-3, 1e-6);
  EXPECT_NEAR(pole.spin, -acceleration * ml / a22 * 1e-3, 1e-6);
}

TEST_P(EveryIsa, LimitsActionsAndSpeeds) {
  EXPECT_EQ(advance(GetParam(), {}, {}, 1).pole.velocity,
            advance(GetParam(), {}, {}, 7).pole.velocity);
  CartpolePhysics one;
  one.substeps = 1;
  EXPECT_EQ(advance(GetParam(), one, {0, 0, 0, 30}, 0).pole.spin, 8);
  EXPECT_EQ(advance(GetParam(), one, {0, -500, 0, 0}, 0).pole.velocity, -100);
}

TEST_P(EveryIsa, RewardsAndEndsAsTheReference) {
  const SafetensorsFile file(golden_folder() / "target_nets.safetensors");
  const auto state = file.at("cartpole.state").as<float>();
  const auto reward = file.at("cartpole.reward").as<float>();
  const auto progress = file.at("cartpole.progress").as<int64_t>();
  const auto reset_in = file.at("cartpole.reset_in").as<int64_t>();
  const auto reset_out = file.at("cartpole.reset_out").as<int64_t>();
  CartpolePhysics frozen;  // judges a state without moving it
  frozen.step = 0;
  frozen.cart_speed_limit = frozen.pole_speed_limit = 1e6f;
  for (size_t i = 0; i < reward.size(); ++i) {
    const Step step =
        advance(GetParam(), frozen,
                {state[4 * i], state[4 * i + 1], state[4 * i + 2], state[4 * i + 3]}, 0);
    EXPECT_NEAR(step.reward, reward[i], 1e-6) << "state " << i;
    const bool ends = step.failed || progress[i] >= kCartpoleSteps - 1 || reset_in[i] != 0;
    EXPECT_EQ(ends, reset_out[i] != 0) << "state " << i;
  }
}

TEST_P(EveryIsa, ActsAsTheReference) {
  const SafetensorsFile file(golden_folder() / "target_nets.safetensors");
  const auto observations = file.at("cartpole.obs").as<float>();
  const auto expected = file.at("cartpole.action_mean").as<float>();
  CartpoleActor actor;
  pack_mlp(golden_policy(file).data(), actor);
  AlignedVector<float> inputs(4 * kMlpBlock), mean(kMlpBlock);
  for (size_t i = 0; i < expected.size(); ++i) {
    for (size_t k = 0; k < 4; ++k) inputs[k * kMlpBlock + i] = observations[4 * i + k];
  }
  cartpole_kernels(GetParam()).act(actor, inputs.data(), mean.data());
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(mean[i], expected[i], 2e-6) << "sample " << i;
  EXPECT_NEAR(std::exp(kCartpoleLogStdFactor * actor.tail[1]),
              file.at("cartpole.effective_std").as<float>()[0], 1e-6);
}

TEST_P(EveryIsa, ComputesElementaryFunctions) {
  AlignedVector<float> x(4096), y(4096);
  const auto worst = [&](int function, float low, float high, double (*exact)(double),
                         double floor) {
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = low + (high - low) * (static_cast<float>(i) / 4095.0f);
    cartpole_kernels(GetParam()).math(function, x.data(), y.data(), static_cast<int64_t>(x.size()));
    double error = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      const double expected = exact(static_cast<double>(x[i]));
      error = std::max(error, std::abs(y[i] - expected) / std::max(floor, std::abs(expected)));
    }
    return error;
  };
  const auto selu = [](double v) {
    return v > 0 ? 1.05070098735548 * v : 1.75809934084738 * std::expm1(v);
  };
  EXPECT_LT(worst(0, -80, 80, std::exp, 0), 4e-7);
  EXPECT_LT(worst(1, 1e-6f, 10, std::log, 1), 3e-7);
  EXPECT_LT(worst(2, -100, 5, selu, 1), 4e-7);
  EXPECT_LT(worst(3, -3.1415f, 3.1415f, std::sin, 1), 2e-6);
  EXPECT_LT(worst(4, -3.1415f, 3.1415f, std::cos, 1), 2e-6);
  EXPECT_EQ(worst(5, 0, 0, std::sqrt, 1), 0);
  EXPECT_LT(worst(5, 0, 50, std::sqrt, 1), 1e-7);
}

TEST_P(EveryIsa, CountsEveryEpisodeOnce) {
  // A policy that never acts lets the pole fall: all episodes are short, none is replayed.
  CartpoleActor idle{};
  idle.tail[1] = -10;
  const RandomStream stream(5, "test");
  const CartpoleScore fallen = play_cartpole(idle, stream, 256, true, GetParam());
  EXPECT_GT(fallen.steps, 256 * 20);
  EXPECT_LT(fallen.steps, 256 * 200);
  EXPECT_LT(fallen.mean_return, 120);
  EXPECT_LE(fallen.mean_return, static_cast<double>(fallen.steps) / 256);
  const CartpoleScore again = play_cartpole(idle, stream, 256, true, GetParam());
  EXPECT_EQ(again.mean_return, fallen.mean_return);
}

std::vector<Isa> all_available() { return available_isas(); }
INSTANTIATE_TEST_SUITE_P(Cartpole, EveryIsa, testing::ValuesIn(all_available()),
                         [](const auto& isa) { return std::string(isa_name(isa.param)); });

// A nearly linear policy that pushes the cart under the falling pole.
CartpoleActor balancing_policy() {
  CartpoleActor actor{};
  // Two units carry ±(linear sum) through the nearly linear middle of SELU.
  const float gain[] = {0.02f, 0.04f, 0.5f, 0.12f};
  for (int i = 0; i < kMlpInputs; ++i) {
    actor.weight1[i * kCartpoleHidden] = gain[i];
    actor.weight1[i * kCartpoleHidden + 1] = -gain[i];
  }
  actor.weight2[0] = actor.weight2[kCartpoleHidden + 1] = 1;
  actor.weight3[0] = 0.4f;
  actor.weight3[1] = -0.4f;
  actor.tail[1] = -0.7f;
  return actor;
}

TEST(CartpoleIsa, FusedSetsGiveEqualBits) {
  const std::vector<Isa> isas = available_isas();
  if (std::find(isas.begin(), isas.end(), Isa::avx512) == isas.end()) {
    GTEST_SKIP() << "this machine has no AVX-512";
  }
  const RandomStream stream(3, "test");
  for (const bool deterministic : {false, true}) {
    const CartpoleScore a =
        play_cartpole(balancing_policy(), stream, 256, deterministic, Isa::avx2);
    const CartpoleScore b =
        play_cartpole(balancing_policy(), stream, 256, deterministic, Isa::avx512);
    EXPECT_EQ(a.mean_return, b.mean_return);
    EXPECT_EQ(a.steps, b.steps);
  }
}

TEST(CartpoleIsa, BaselineAgreesInTheMean) {
  const RandomStream stream(3, "test");
  const CartpoleScore a = play_cartpole(balancing_policy(), stream, 1024, false, Isa::baseline);
  const CartpoleScore b =
      play_cartpole(balancing_policy(), stream, 1024, false, available_isas().back());
  EXPECT_GT(a.mean_return, 60);
  EXPECT_NEAR(a.mean_return, b.mean_return, 0.02 * a.mean_return);
}

}  // namespace
}  // namespace saltus
