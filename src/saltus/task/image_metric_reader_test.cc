#include "saltus/task/image_metric_reader.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

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

TEST(ImageMetricReader, SoftenedErrorIsNearlyTheErrorAndHasAGradient) {
  torch::manual_seed(2);
  at::Tensor logits = 3 * at::randn({1, 10, 4000});
  const at::Tensor labels = at::randint(10, {4000});
  logits.scatter_add_(1, labels.view({1, 1, -1}), at::full({1, 1, 4000}, 6.0));
  const double error =
      100 * logits.argmax(1).squeeze(0).ne(labels).to(at::kDouble).mean().item<double>();
  EXPECT_GT(error, 10);
  const at::Tensor leaf = logits.clone().requires_grad_();
  const at::Tensor soft = softened_error(leaf, labels);
  EXPECT_NEAR(soft.item<double>(), error, 0.7);
  const at::Tensor slope = torch::autograd::grad({soft.sum()}, {leaf})[0];
  // More of an image's own logit, less error.
  EXPECT_LE(slope.gather(1, labels.view({1, 1, -1})).max().item<double>(), 0);
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

}  // namespace
}  // namespace saltus
