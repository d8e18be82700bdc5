#include "saltus/population/ppo.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <functional>

#include "saltus/base/error.h"
#include "saltus/base/safetensors.h"
#include "saltus/task/cartpole.h"

namespace saltus {
namespace {

fs::path golden_folder() {
  const char* named = std::getenv("SALTUS_GOLDEN");
  return named != nullptr ? fs::path(named) : fs::path(SALTUS_SOURCE_DIR) / "tests" / "golden";
}

// The parts PREFIX.log_std, PREFIX.NET.0.weight, ... as one vector; NET is actor or critic.
std::vector<float> network(const SafetensorsFile& file, const std::string& prefix,
                           const std::string& net) {
  std::vector<float> theta;
  for (const char* part :
       {"log_std", "0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias"}) {
    const std::string name =
        std::string(part) == "log_std" ? prefix + ".log_std" : prefix + "." + net + "." + part;
    const auto values = file.at(name).as<float>();
    theta.insert(theta.end(), values.begin(), values.end());
  }
  return theta;
}

// The reference's own constants: consecutive minibatches, one norm, no bounds loss, no value scale.
PpoConfig reference_config(const Json& json) {
  PpoConfig config;
  config.environments = json.at("envs");
  config.steps = json.at("nsteps");
  config.iterations = json.at("max_iterations");
  config.epochs = json.at("noptepochs");
  config.minibatches = json.at("nminibatches");
  config.learning_rate = json.at("lr");
  config.critic_rate = 1;
  config.discount = json.at("gamma");
  config.trace = json.at("lam");
  config.clip = json.at("clip");
  config.gradient_norm = json.at("max_grad_norm");
  config.joint_clip = true;
  config.value_scale = 1;
  config.value_coefficient = json.at("value_loss_coef");
  config.bounds_weight = 0;
  config.shuffle = false;
  config.critic_units = 32;
  return config;
}

// The samples of [T][E], each minibatch padded to whole blocks by samples of weight 0.
PpoBatch padded(const PpoBatch& plain, int64_t minibatches) {
  const int64_t samples = plain.steps * plain.environments, each = samples / minibatches;
  const int64_t blocks = (each + kMlpBlock - 1) / kMlpBlock;
  PpoBatch batch(plain.steps, plain.environments, minibatches * blocks * kMlpBlock);
  batch.weights.assign(batch.weights.size(), 0);
  for (int64_t i = 0; i < samples; ++i) {
    const int64_t to = i / each * blocks * kMlpBlock + i % each;
    const auto at = static_cast<size_t>(to), from = static_cast<size_t>(i);
    batch.weights[at] = 1;
    batch.actions[at] = plain.actions[from];
    batch.log_probabilities[at] = plain.log_probabilities[from];
    batch.advantages[at] = plain.advantages[from];
    batch.returns[at] = plain.returns[from];
    for (int64_t k = 0; k < kMlpInputs; ++k) {
      batch.observations[static_cast<size_t>((to / kMlpBlock * kMlpInputs + k) * kMlpBlock +
                                             to % kMlpBlock)] =
          plain.observations[static_cast<size_t>(i * kMlpInputs + k)];
    }
  }
  return batch;
}

class EveryIsa : public ::testing::TestWithParam<Isa> {};

TEST_P(EveryIsa, UpdatesAsTheReference) {
  const SafetensorsFile file(golden_folder() / "cartpole_ppo.safetensors");
  const Json json = Json::parse(file.metadata().at("config"));
  const PpoConfig config = reference_config(json);
  const int64_t iteration = json.at("iteration");

  PpoBatch plain(config.steps, config.environments, config.samples());
  const auto copy = [&](const char* name, AlignedVector<float>& to) {
    const auto from = file.at(name).as<float>();
    ASSERT_EQ(from.size(), to.size()) << name;
    std::copy(from.begin(), from.end(), to.begin());
  };
  copy("obs", plain.observations);
  copy("actions", plain.actions);
  copy("values", plain.values);
  copy("rewards", plain.rewards);
  copy("last_values", plain.last_values);
  const auto dones = file.at("dones").as<int64_t>();
  std::copy(dones.begin(), dones.end(), plain.ended.begin());
  // The stored log-probabilities hold the constant of the normal density, ours do not.
  const auto log_probabilities = file.at("old_log_prob").as<float>();
  for (size_t i = 0; i < log_probabilities.size(); ++i) {
    plain.log_probabilities[i] = log_probabilities[i] + 0.918938533f;
  }

  estimate_advantages(config.discount, config.trace, plain);
  const auto returns = file.at("returns").as<float>(),
             advantages = file.at("advantages_normalised").as<float>();
  for (size_t i = 0; i < returns.size(); ++i) {
    EXPECT_NEAR(plain.returns[i], returns[i], 1e-5) << "sample " << i;
    EXPECT_NEAR(plain.advantages[i], advantages[i], 1e-5) << "sample " << i;
  }

  PpoLearner learner(config, network(file, "w0", "actor"), network(file, "w0", "critic"),
                     GetParam());
  RandomStream unused(0, "test");
  const PpoLearner::Losses losses =
      learner.update(padded(plain, config.minibatches), iteration, unused);
  EXPECT_NEAR(losses.surrogate, file.at("mean_surrogate_loss").as<double>()[0], 1e-5);
  EXPECT_NEAR(losses.value, file.at("mean_value_loss").as<double>()[0],
              1e-5 * file.at("mean_value_loss").as<double>()[0]);
  EXPECT_NEAR(config.learning_rate_at(iteration, config.epochs - 1),
              file.at("final_lr").as<double>()[0], 1e-12);

  const std::vector<float> before = network(file, "w0", "actor");
  const std::vector<float> actor = learner.theta(), expected_actor = network(file, "w1", "actor");
  const std::vector<float> critic = learner.critic_theta(),
                           expected_critic = network(file, "w1", "critic");
  double moved = 0;
  for (size_t i = 0; i < actor.size(); ++i) {
    EXPECT_NEAR(actor[i], expected_actor[i], 5e-6) << "actor " << i;
    moved = std::max(moved, static_cast<double>(std::abs(expected_actor[i] - before[i])));
  }
  EXPECT_GT(moved, 5e-4);                       // 100 times the limit
  for (size_t i = 1; i < critic.size(); ++i) {  // 0 is the unused log_std
    EXPECT_NEAR(critic[i], expected_critic[i], 5e-6) << "critic " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Ppo, EveryIsa, ::testing::ValuesIn(available_isas()),
                         [](const auto& isa) { return std::string(isa_name(isa.param)); });

std::vector<float> start_network() {
  std::vector<float> theta(static_cast<size_t>(kCartpoleParameters));
  RandomStream random(1, "test.start");
  for (float& x : theta) x = 0.2f * random.normal();
  theta[0] = -0.7f;
  return theta;
}

std::vector<float> after(Isa isa, int iterations, uint64_t seed, uint64_t run) {
  PpoRun training({}, start_network(), seed, run, isa);
  for (int i = 0; i < iterations; ++i) training.iterate();
  return training.theta();
}

TEST(PpoRun, IsAFunctionOfSeedAndRun) {
  const Isa isa = available_isas().back();
  EXPECT_EQ(after(isa, 3, 1, 2), after(isa, 3, 1, 2));
  EXPECT_NE(after(isa, 3, 1, 2), after(isa, 3, 1, 3));
  EXPECT_NE(after(isa, 3, 1, 2), after(isa, 3, 2, 2));
}

TEST(PpoRun, FusedSetsGiveEqualBits) {
  if (available_isas().back() != Isa::avx512) GTEST_SKIP() << "this machine has no AVX-512";
  EXPECT_EQ(after(Isa::avx2, 5, 1, 2), after(Isa::avx512, 5, 1, 2));
}

TEST(PpoRun, LearnsToBalance) {
  const Isa isa = available_isas().back();
  PpoRun training({}, start_network(), 3, 0, isa);
  const RandomStream stream(1, "test.score");
  const double before = play_cartpole(training.actor(), stream, 256, false, isa).mean_return;
  while (training.iteration() < PpoConfig().iterations) training.iterate();
  EXPECT_LT(before, 100);
  EXPECT_GT(play_cartpole(training.actor(), stream, 256, false, isa).mean_return, 470);
}

TEST(PpoConfig, RefusesWhatDoesNotFit) {
  const auto message = [](const std::function<void(PpoConfig&)>& change) {
    PpoConfig config;
    change(config);
    try {
      config.validate();
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_NE(message([](PpoConfig& c) { c.environments = 100; }).find("multiple of 64, found 100"),
            std::string::npos);
  EXPECT_NE(message([](PpoConfig& c) { c.minibatches = 5; }).find("divisor of the 64 blocks"),
            std::string::npos);
  EXPECT_NE(message([](PpoConfig& c) { c.critic_units = 24; }).find("16 or 32, found 24"),
            std::string::npos);
}

TEST(Advantages, CutAtEndsAndBootstrapAtTimeLimits) {
  // One environment, two steps, gamma 0.5, lambda 1. The first step ends at the time limit.
  PpoBatch batch(2, 1, 64);
  batch.rewards[0] = 1;
  batch.rewards[1] = 2;
  batch.values[0] = 0.25f;
  batch.values[1] = 0.5f;
  batch.last_values[0] = 4;
  batch.ended[0] = 1;
  batch.limit_values[0] = 8;
  estimate_advantages(0.5, 1, batch);
  EXPECT_FLOAT_EQ(batch.returns[0], 1 + 0.5f * 8);  // not the next episode's value
  EXPECT_FLOAT_EQ(batch.returns[1], 2 + 0.5f * 4);
  EXPECT_FLOAT_EQ(batch.advantages[0] + batch.advantages[1], 0);
}

}  // namespace
}  // namespace saltus
