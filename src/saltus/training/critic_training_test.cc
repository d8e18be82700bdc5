#include "saltus/training/critic_training.h"

#include <gtest/gtest.h>

#include "saltus/network/return_metric_test.h"
#include "saltus/training/identity_probes_test.h"

namespace saltus {
namespace {

// Networks whose metric is a simple function of what they answer.
MeasuredNetworks networks(const Architecture& architecture, int64_t count, uint64_t seed) {
  RandomStream random(seed, "test.networks");
  at::Tensor theta = at::empty({count, architecture.layout().parameters()});
  random.fill_normal({theta.data_ptr<float>(), static_cast<size_t>(theta.numel())});
  theta *= 0.5;
  const at::Tensor y = architecture.respond(theta, at::eye(4)).output.select(1, 0);  // [K, 4]
  return {theta, 250 + 200 * (y.select(1, 0) - y.select(1, 1)).tanh().unsqueeze(1)};
}

std::shared_ptr<const Architecture> test_architecture() {
  return make_mlp({.sizes = {4, 8, 1},
                   .activation = Activation::selu,
                   .layer_names = {"fc1", "fc2"},
                   .log_std = true});
}

TEST(Critic, LearnsAMetricAndSurvivesItsFile) {
  const auto architecture = test_architecture();
  const CriticConfig config{.steps = 800, .batch = 128, .width = 32, .inputs = 8};
  const MeasuredNetworks train = networks(*architecture, 2000, 1),
                         test = networks(*architecture, 500, 2);
  CriticTrainer trainer(config, architecture, return_metric(), identity_probes(), train, 3);
  trainer.train({});
  const auto critic = trainer.critic();
  const at::Tensor predicted = critic->predict(test.theta).detach();
  const double mse = (predicted - test.metric.squeeze(1)).square().mean().item<double>();
  EXPECT_LT(mse, 0.1 * test.metric.var().item<double>());

  CriticTrainer again(config, architecture, return_metric(), identity_probes(), train, 3);
  again.train({});
  EXPECT_TRUE(again.critic()->predict(test.theta).equal(predicted))
      << "same arguments, same weights";

  const fs::path file = fs::path(::testing::TempDir()) / "critic.safetensors";
  critic->save(file, Json::object());
  EXPECT_TRUE(Critic::load(file)->predict(test.theta).equal(predicted));
}

// Networks of another kind: further from the origin, measured by another rule.
TEST(Critic, RefiningTeachesItWhatTheZooLacks) {
  const auto architecture = test_architecture();
  const MeasuredNetworks zoo = networks(*architecture, 2000, 1);
  const auto other = [&](uint64_t seed) {
    MeasuredNetworks made = networks(*architecture, 1000, seed);
    made.theta = made.theta * 3;
    made.metric = 400 - 0.5 * made.metric;
    return made;
  };
  const MeasuredNetworks made = other(4), test = other(5);
  CriticTrainer trainer({.steps = 400, .batch = 128, .width = 32, .refine_steps = 400, .inputs = 8},
                        architecture, return_metric(), identity_probes(), zoo, 3);
  const auto error = [&](const MeasuredNetworks& networks) {
    return (trainer.critic()->predict(networks.theta).detach() - networks.metric.squeeze(1))
        .square()
        .mean()
        .item<double>();
  };
  trainer.train({});
  const double before = error(test);
  trainer.refine(made, 1, {});
  EXPECT_LT(error(test), 0.25 * before);
  EXPECT_LT(error(zoo), 0.5 * zoo.metric.var().item<double>()) << "the zoo is not forgotten";
}

}  // namespace
}  // namespace saltus
