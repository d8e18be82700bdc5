#include "saltus/task/image_metric_reader.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "saltus/network/convnet.h"
#include "saltus/network/mlp.h"

namespace saltus {
namespace {

TEST(ImageMetricReader, CrossEntropyIsTorchs) {
  torch::manual_seed(1);
  const at::Tensor logits = at::randn({3, 10, 50}), labels = at::randint(10, {50});
  const at::Tensor found = mean_cross_entropy(logits, labels);
  for (int64_t k = 0; k < 3; ++k) {
    EXPECT_NEAR(found[k].item<double>(),
                at::cross_entropy_loss(logits[k].t(), labels).item<double>(), 1e-5);
  }
}

TEST(ImageMetricReader, ErrorIsExactWithTheGradientOfASmoothOne) {
  torch::manual_seed(2);
  const at::Tensor logits = (3 * at::randn({2, 10, 400})).requires_grad_();
  const at::Tensor labels = at::randint(10, {400});
  const at::Tensor found = straight_through_error(logits, labels);
  for (int64_t k = 0; k < 2; ++k) {
    const auto wrong = logits[k].argmax(0).ne(labels).sum().item<double>();
    EXPECT_NEAR(found[k].item<double>(), wrong / 4, 1e-4);
  }
  const at::Tensor smooth = 100 - 100 * (-mean_cross_entropy(logits, labels)).exp();
  const at::Tensor slope = torch::autograd::grad({found.sum()}, {logits})[0];
  const at::Tensor expected = torch::autograd::grad({smooth.sum()}, {logits})[0];
  EXPECT_TRUE(at::allclose(slope, expected, 1e-5, 1e-9));
  // More of an image's own logit, less error.
  const at::Tensor index = labels.view({1, 1, -1}).expand({2, 1, 400});
  EXPECT_LE(slope.gather(1, index).max().item<double>(), 0);
  EXPECT_GT(slope.abs().sum().item<double>(), 0);
}

TEST(ImageMetricReader, ReadsADrawOfTheTrainingImagesAgain) {
  const auto architecture = make_mlp({.sizes = {4, 3, 2}, .layer_names = {"fc1", "fc2"}});
  torch::manual_seed(3);
  const LabelledImages images{.pixels = at::randint(256, {20, 1, 2, 2}, at::kByte),
                              .labels = at::randint(2, {20}),
                              .mean = {0.5},
                              .deviation = {0.25}};
  const at::Tensor theta = at::randn({5, architecture->layout().parameters()});
  const MetricReader read = image_metric_reader(architecture, images, "loss", 16);
  RandomStream first(1, "test"), again(1, "test"), other(2, "test");
  const at::Tensor found = read(theta, first);
  EXPECT_EQ(found.sizes(), at::IntArrayRef({5}));
  EXPECT_TRUE(found.equal(read(theta, again)));
  EXPECT_FALSE(found.equal(read(theta, other)));
  EXPECT_FALSE(image_metric_reader(architecture, images, "test_loss", 16));
}

TEST(ImageMetricReader, GradientsAreThoseOfWhatItReads) {
  torch::manual_seed(4);
  const LabelledImages images{.pixels = at::randint(256, {40, 2, 5, 4}, at::kByte),
                              .labels = at::randint(3, {40}),
                              .mean = {0.4, 0.5},
                              .deviation = {0.25, 0.3}};
  const ConvNetConfig convnet{.input = {2, 5, 4},
                              .channels = {3, 4},
                              .strides = {2, 1},
                              .classes = 3,
                              .layer_names = {"conv1", "conv2", "fc"}};
  const std::vector<std::shared_ptr<const Architecture>> architectures = {
      make_convnet(convnet), make_mlp({.sizes = {40, 5, 3}, .layer_names = {"fc1", "fc2"}})};
  for (const auto& architecture : architectures) {
    const at::Tensor theta = at::randn({4, architecture->layout().parameters()}).requires_grad_();
    const at::Tensor weights = at::tensor({1.0f, -2.0f, 0.5f, 3.0f});
    for (const char* metric : {"loss", "error"}) {
      const MetricReader read = image_metric_reader(architecture, images, metric, 16);
      RandomStream first(1, "test"), again(1, "test"), third(1, "test");
      const at::Tensor found = read(theta, first);
      const at::Tensor gradient = torch::autograd::grad({(found * weights).sum()}, {theta})[0];
      // The same images, by automatic differentiation.
      std::vector<int64_t> places(16);
      for (int64_t& place : places) place = static_cast<int64_t>(again.below(40));
      const at::Tensor index = at::tensor(places);
      const at::Tensor logits =
          architecture->respond(theta, network_inputs(images, images.pixels.index_select(0, index)))
              .output;
      const auto measure =
          std::string(metric) == "loss" ? mean_cross_entropy : straight_through_error;
      const at::Tensor expected = measure(logits, images.labels.index_select(0, index));
      EXPECT_LT(((found - expected) / expected).abs().max().item<double>(), 1e-5) << metric;
      const at::Tensor by_autograd =
          torch::autograd::grad({(expected * weights).sum()}, {theta})[0];
      EXPECT_LT(((gradient - by_autograd).norm() / by_autograd.norm()).item<double>(), 1e-4)
          << metric;
      EXPECT_GT(gradient.abs().max().item<double>(), 0.01);

      const MetricReader rounded =
          image_metric_reader(architecture, images, metric, 16, at::kBFloat16);
      const at::Tensor close = rounded(theta, third);
      const at::Tensor near = torch::autograd::grad({(close * weights).sum()}, {theta})[0];
      EXPECT_LT(((near - gradient).norm() / gradient.norm()).item<double>(), 0.15) << metric;
    }
  }
}

}  // namespace
}  // namespace saltus
