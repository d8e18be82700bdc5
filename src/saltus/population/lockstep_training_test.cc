#include "saltus/population/lockstep_training.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <atomic>
#include <numbers>

#include "saltus/base/safetensors.h"
#include "saltus/network/lockstep_gradient.h"
#include "saltus/population/lockstep_optimizer.h"
#include "saltus/population/small_images_test.h"
#include "tests/support/golden.h"

namespace saltus {
namespace {

using testing::small_images;

template <typename T>
at::Tensor stored_tensor(const SafetensorsFile& file, const std::string& name) {
  const auto values = file.at(name).as<T>();
  return at::tensor(std::vector<T>(values.begin(), values.end()));
}

// Three steps of the reference's training, at epochs 0, 12 and 24 of 25; by all numbers of the
// images and without their background.
class ReferenceSteps : public ::testing::TestWithParam<bool> {};

TEST_P(ReferenceSteps, AreThoseOfTheReference) {
  const SafetensorsFile file(testing::golden_path("target_nets.safetensors"));
  LabelledImages images{.pixels = stored_tensor<uint8_t>(file, "mnist.images_u8"),
                        .labels = stored_tensor<int64_t>(file, "mnist.labels"),
                        .mean = {0.1307},
                        .deviation = {0.3081}};
  images.pixels = images.pixels.view({32, 1, 28, 28});
  const at::Tensor inputs = network_inputs(images, images.pixels);
  SupervisedConfig config;
  config.warmup = 0;
  const auto network = make_mlp(mnist_mlp());
  const auto method = make_lockstep_gradient(*network, {.sparse_inputs = GetParam()});
  // Companions, so that the layout of several networks counts.
  at::Tensor start = at::zeros({6, 7960});
  start[1] = stored_tensor<float>(file, "mnist.a.theta");
  PackedNetworks theta = method->pack(start), gradients = method->pack(start);
  EXPECT_EQ(theta.size(), GetParam() ? 2U : 1U);
  LockstepOptimizer optimizer(config, theta);
  const std::vector<std::pair<int64_t, int64_t>> steps = {{0, 0}, {12, 16}, {24, 8}};
  const auto rates = file.at("mnist.sgd.lr").as<double>();
  for (size_t i = 0; i < steps.size(); ++i) {
    const auto [epoch, first] = steps[i];
    const double rate = config.learning_rate_at(epoch * 2, 2);
    EXPECT_NEAR(rate, rates[i], 1e-12);
    method->evaluate(theta, inputs.narrow(0, first, 16),
                     cross_entropy_slope(images.labels.narrow(0, first, 16)), gradients);
    optimizer.step(theta, gradients, rate);
    if (i == 1) continue;
    const std::string name = i == 0 ? "mnist.sgd.theta_after1" : "mnist.sgd.theta_after3";
    const at::Tensor difference = method->unpack(theta)[1] - stored_tensor<float>(file, name);
    EXPECT_LT(difference.abs().max().item<double>(), 1e-6) << name;
    EXPECT_GT((method->unpack(theta)[1] - start[1]).abs().max().item<double>(), 1e-3);
  }
}

INSTANTIATE_TEST_SUITE_P(LockstepTraining, ReferenceSteps, ::testing::Bool());

// Some steps of both optimisers on parameters with changing gradients, by us and by PyTorch.
template <typename TorchOptimizer, typename TorchOptions>
double optimizer_difference(const SupervisedConfig& config, const TorchOptions& options) {
  torch::manual_seed(4);
  PackedNetworks ours = {at::randn({37}), at::randn({5})};
  std::vector<at::Tensor> theirs = {ours[0].clone().requires_grad_(true),
                                    ours[1].clone().requires_grad_(true)};
  TorchOptimizer reference(theirs, options);
  LockstepOptimizer optimizer(config, ours);
  for (int step = 0; step < 20; ++step) {
    const PackedNetworks gradients = {at::randn({37}), at::randn({5})};
    for (size_t i = 0; i < 2; ++i) theirs[i].mutable_grad() = gradients[i].clone();
    reference.step();
    optimizer.step(ours, gradients, config.learning_rate);
  }
  const torch::NoGradGuard no_gradient;
  return std::max((ours[0] - theirs[0]).abs().max().item<double>(),
                  (ours[1] - theirs[1]).abs().max().item<double>());
}

TEST(LockstepOptimizer, AdamWIsPyTorchs) {
  SupervisedConfig config;
  config.optimizer = "adamw";
  config.learning_rate = 0.01;
  config.weight_decay = 0.3;
  config.beta2 = 0.98;
  const auto options =
      torch::optim::AdamWOptions(0.01).betas({0.9, 0.98}).eps(1e-8).weight_decay(0.3);
  EXPECT_LT(optimizer_difference<torch::optim::AdamW>(config, options), 2e-6);
}

TEST(LockstepOptimizer, SgdIsPyTorchs) {
  SupervisedConfig config;
  config.learning_rate = 0.05;
  auto options = torch::optim::SGDOptions(0.05).momentum(0.9).nesterov(true).weight_decay(5e-4);
  EXPECT_LT(optimizer_difference<torch::optim::SGD>(config, options), 5e-6);
  config.momentum = 0;
  options.momentum(0).nesterov(false);
  EXPECT_LT(optimizer_difference<torch::optim::SGD>(config, options), 5e-6);
}

SupervisedConfig short_training() {
  SupervisedConfig config;
  config.batch = 16;
  config.epochs = 10;  // of 4 iterations
  config.warmup = 5;
  return config;
}

TEST(LockstepTraining, LearnsAndKeepsWhatWasAskedFor) {
  const LabelledImages images = small_images();
  const auto network = testing::small_classifier();
  const at::Tensor start = testing::small_starts(*network, 6);
  const SupervisedConfig config = short_training();
  ImageBatches batches(config, images, 1, 0);
  const int threads = at::get_num_threads();
  const auto curve =
      train_networks(config, *network, start, std::vector<int64_t>{0, 3, 40}, batches, {});
  EXPECT_EQ(at::get_num_threads(), threads);
  ASSERT_EQ(curve.size(), 3u);
  EXPECT_EQ(curve[2].iteration, 40);
  EXPECT_GT(curve[2].seconds, curve[1].seconds);
  EXPECT_TRUE(at::equal(curve[0].theta, start));
  const at::Tensor inputs = network_inputs(images, images.pixels);
  const auto errors = [&](const at::Tensor& theta) {  // [K] shares
    const at::Tensor guess = network->respond(theta, inputs).output.argmax(1);
    return guess.ne(images.labels).to(at::kFloat).mean(1);
  };
  EXPECT_GT(errors(start).min().item<double>(), 0.2);
  EXPECT_LT(errors(curve[2].theta).max().item<double>(), 0.1);
}

// Shared arithmetic or one by one: the same training up to rounding.
TEST(LockstepTraining, MethodsAgree) {
  const LabelledImages images = small_images();
  const auto network = testing::small_classifier();
  const testing::ForeignClassifier foreign;
  const at::Tensor start = testing::small_starts(*network, 4);
  for (const char* optimizer : {"sgd", "adamw"}) {
    SupervisedConfig config = short_training();
    config.optimizer = optimizer;
    if (config.optimizer == "adamw") config.learning_rate = 0.01;
    ImageBatches first(config, images, 1, 0), second(config, images, 1, 0);
    const std::vector<int64_t> kept = {20};
    const at::Tensor a = train_networks(config, *network, start, kept, first, {})[0].theta;
    const at::Tensor b = train_networks(config, foreign, start, kept, second, {})[0].theta;
    EXPECT_LT((a - b).abs().max().item<double>(), 1e-4) << optimizer;
    EXPECT_GT((a - start).abs().max().item<double>(), 1e-2) << optimizer;
  }
}

// Most of an image is background, and there are rows enough to leave it out.
TEST(LockstepTraining, LeavesOutTheBackgroundOfPictures) {
  LabelledImages images = small_images();
  images.pixels.masked_fill_(images.pixels < 120, 0);
  const auto network = testing::small_classifier();
  const at::Tensor start = testing::small_starts(*network, 8);
  const SupervisedConfig config = short_training();
  ImageBatches batches(config, images, 1, 0);
  const at::Tensor found =
      train_networks(config, *network, start, std::vector<int64_t>{20}, batches, {})[0].theta;
  const auto trained = [&](bool sparse_inputs) {
    const auto method = make_lockstep_gradient(*network, {.sparse_inputs = sparse_inputs});
    PackedNetworks theta = method->pack(start), gradients = method->pack(start);
    LockstepOptimizer optimizer(config, theta);
    for (int64_t i = 0; i < 20; ++i) {
      const ImageBatch& batch = batches.at_iteration(i);
      method->evaluate(theta, batch.inputs, cross_entropy_slope(batch.labels), gradients);
      optimizer.step(theta, gradients, config.learning_rate_at(i, batches.steps_per_epoch()));
    }
    return method->unpack(theta);
  };
  EXPECT_TRUE(at::equal(found, trained(true)));
  EXPECT_LT((found - trained(false)).abs().max().item<double>(), 1e-4);
  EXPECT_FALSE(at::equal(found, trained(false))) << "another rounding, were it not left out";
}

TEST(LockstepTraining, StopsWhenAsked) {
  const LabelledImages images = small_images();
  const auto network = testing::small_classifier();
  const SupervisedConfig config = short_training();
  ImageBatches batches(config, images, 1, 0);
  const std::atomic<bool> stop = true;
  Job job;
  job.stop = &stop;
  EXPECT_EQ(train_networks(config, *network, testing::small_starts(*network, 2),
                           std::vector<int64_t>{0, 3, 40}, batches, job)
                .size(),
            1u);
}

}  // namespace
}  // namespace saltus
