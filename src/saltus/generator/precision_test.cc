#include "saltus/generator/precision.h"

#include <ATen/autocast_mode.h>
#include <gtest/gtest.h>

namespace saltus {
namespace {

at::ScalarType product_type() {
  const at::Tensor a = at::ones({4, 4});
  return at::mm(a, a).scalar_type();
}

TEST(AutocastGuard, RunsProductsInBf16UntilTheScopeEnds) {
  EXPECT_EQ(product_type(), at::kFloat);
  {
    const AutocastGuard guard(true);
    EXPECT_EQ(product_type(), at::kBFloat16);
    {
      const AutocastGuard nested(true);
      const AutocastGuard disabled(false);
      EXPECT_EQ(product_type(), at::kBFloat16);
    }
    EXPECT_EQ(product_type(), at::kBFloat16);
  }
  EXPECT_EQ(product_type(), at::kFloat);
}

TEST(AutocastGuard, DoesNothingWhenDisabled) {
  const AutocastGuard guard(false);
  EXPECT_EQ(product_type(), at::kFloat);
}

TEST(AutocastGuard, RestoresTheTypeAndForgetsOldWeights) {
  const at::ScalarType before = at::autocast::get_autocast_dtype(at::kCPU);
  at::Tensor weight = at::ones({4, 4}).requires_grad_();
  const at::Tensor x = at::ones({4, 4});
  double first = 0, second = 0;
  {
    const AutocastGuard guard(true, at::kCPU, at::kBFloat16);
    first = at::mm(x, weight).sum().item<double>();
  }
  {
    const torch::NoGradGuard no_gradient;
    weight.mul_(2);
  }
  {
    const AutocastGuard guard(true);
    second = at::mm(x, weight).sum().item<double>();
  }
  EXPECT_EQ(second, 2 * first);
  EXPECT_EQ(at::autocast::get_autocast_dtype(at::kCPU), before);
}

TEST(FullPrecision, IsAnIslandInAutocast) {
  const at::Tensor a = at::ones({4, 4}), b = at::ones({4, 4});
  const AutocastGuard autocast(true);
  EXPECT_EQ(at::mm(a, b).scalar_type(), at::kBFloat16);
  {
    const FullPrecisionGuard full;
    EXPECT_EQ(at::mm(a, b).scalar_type(), at::kFloat);
  }
  EXPECT_EQ(at::mm(a, b).scalar_type(), at::kBFloat16);
}

}  // namespace
}  // namespace saltus
