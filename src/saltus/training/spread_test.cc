#include "saltus/training/spread.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <limits>

#include "saltus/network/return_metric_test.h"

namespace saltus {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double energy(const at::Tensor& found, const at::Tensor& wanted, int64_t own) {
  return energy_distance(found, wanted, own).item<double>();
}

TEST(EnergyDistance, IsTheSumOfItsPairs) {
  torch::manual_seed(1);
  const at::Tensor found = at::randn({5, 3}), wanted = at::randn({2, 3}) + 1;
  const auto mean = [](const at::Tensor& a, const at::Tensor& b, auto skip) {
    double sum = 0;
    int64_t count = 0;
    for (int64_t i = 0; i < a.size(0); ++i) {
      for (int64_t j = 0; j < b.size(0); ++j) {
        if (skip(i, j)) continue;
        sum += (a[i] - b[j]).norm().item<double>();
        ++count;
      }
    }
    return sum / static_cast<double>(count);
  };
  const auto same = [](int64_t i, int64_t j) { return i == j; };
  const auto made_for = [](int64_t i, int64_t j) { return i == 3 + j; };
  const double expected =
      2 * mean(found, wanted, made_for) - mean(found, found, same) - mean(wanted, wanted, same);
  EXPECT_NEAR(energy(found, wanted, 3), expected, 1e-3);
}

TEST(EnergyDistance, IsLeastWhereBothAreDrawnAlike) {
  torch::manual_seed(2);
  const at::Tensor wanted = at::randn({400, 4});
  EXPECT_NEAR(energy(at::randn({400, 4}), wanted, 0), 0, 0.02);
  EXPECT_GT(energy(at::randn({400, 4}) + 0.5, wanted, 0), 0.1);
  EXPECT_GT(energy(at::randn({400, 4}) * 2, wanted, 0), 0.1);
  EXPECT_GT(energy(at::zeros({400, 4}), wanted, 0), 0.5) << "all alike, at the middle";
}

// Rows that are alike move apart until they are spread as what is wanted.
TEST(EnergyDistance, TeachesASpread) {
  torch::manual_seed(3);
  at::Tensor found = (at::randn({64, 2}) * 0.01).requires_grad_();
  torch::optim::SGD descent({found}, 64 * 0.1);
  for (int step = 0; step < 200; ++step) {
    descent.zero_grad();
    energy_distance(found, at::randn({32, 2}) * 0.5 + 2, 0).backward();
    descent.step();
  }
  const at::Tensor rows = found.detach();
  EXPECT_NEAR(rows.mean().item<double>(), 2, 0.1);
  EXPECT_NEAR(rows.std(0).mean().item<double>(), 0.5, 0.1);
}

TEST(SpreadFeatures, AreAnswersSizesAndPrompts) {
  const Metric metric = return_metric();
  const at::Tensor answers = at::full({2, 3, 5}, 0.5), spectrum = at::full({2, 4}, 3.0);
  const at::Tensor prompts =
      at::tensor({metric.worst, kNaN, metric.best, metric.best}).view({2, 2});
  const at::Tensor f = spread_features(answers, spectrum, {metric, metric}, prompts);
  ASSERT_EQ(f.sizes(), (std::vector<int64_t>{2, 15 + 4 + 2}));
  EXPECT_NEAR(f[0].narrow(0, 0, 15).square().sum().item<double>(), 3 * 0.25, 1e-6);
  EXPECT_NEAR(f[0].narrow(0, 15, 4).square().sum().item<double>(), 9, 1e-5);
  EXPECT_GT(f[0][19].item<double>(), 1) << "far from the best";
  EXPECT_EQ(f[1][19].item<double>(), 0);
  EXPECT_LT(f[0][20].item<double>(), -1) << "not prompted";
  EXPECT_EQ(spread_features(answers, {}, {metric}, prompts).size(1), 15 + 1);
}

}  // namespace
}  // namespace saltus
