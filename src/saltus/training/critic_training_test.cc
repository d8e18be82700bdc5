#include "saltus/training/critic_training.h"

#include <gtest/gtest.h>

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
  return {theta, 250 + 200 * (y.select(1, 0) - y.select(1, 1)).tanh()};
}

TEST(Critic, LearnsAMetricAndSurvivesItsFile) {
  const auto architecture = make_mlp({.sizes = {4, 8, 1},
                                      .activation = Activation::selu,
                                      .layer_names = {"fc1", "fc2"},
                                      .log_std = true});
  const Metric metric{.name = "return",
                      .maximise = true,
                      .measured_on = "simulator",
                      .worst = 0,
                      .best = 500,
                      .resolution = 5};
  const CriticConfig config{.steps = 800, .batch = 128, .width = 32, .inputs = 8};
  const MeasuredNetworks train = networks(*architecture, 2000, 1),
                         test = networks(*architecture, 500, 2);
  const auto critic =
      train_critic(config, architecture, metric, identity_probes(), train, {}, 3, {});
  const at::Tensor predicted = critic->predict(test.theta).detach();
  const double mse = (predicted - test.metric).square().mean().item<double>();
  EXPECT_LT(mse, 0.1 * test.metric.var().item<double>());

  const auto again =
      train_critic(config, architecture, metric, identity_probes(), train, {}, 3, {});
  EXPECT_TRUE(again->predict(test.theta).equal(predicted)) << "same arguments, same weights";

  const fs::path file = fs::path(testing::TempDir()) / "critic.safetensors";
  critic->save(file, Json::object());
  EXPECT_TRUE(Critic::load(file)->predict(test.theta).equal(predicted));
}

}  // namespace
}  // namespace saltus
