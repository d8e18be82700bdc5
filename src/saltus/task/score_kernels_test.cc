#include "saltus/task/score_kernels.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <vector>

#include "saltus/base/random.h"

namespace saltus {
namespace {

class ScoreKernelsOf : public ::testing::TestWithParam<Isa> {
 protected:
  ScoreSums sum(const at::Tensor& logits, const at::Tensor& labels) const {
    return kernels_.sum(logits.const_data_ptr<float>(), logits.size(0), logits.stride(0),
                        labels.const_data_ptr<int64_t>(), labels.size(0));
  }
  const ScoreKernels& kernels_ = score_kernels(GetParam());
};

at::Tensor random_numbers(int64_t rows, int64_t columns, float scale) {
  std::vector<float> values(static_cast<size_t>(rows * columns));
  RandomStream random(5, "score_kernels");
  random.fill_normal(values);
  return at::tensor(values).mul_(scale).view({rows, columns});
}

TEST_P(ScoreKernelsOf, AgreeWithLibTorch) {
  for (const int64_t classes : {2, 10, 37}) {
    for (const int64_t n : {1, 15, 16, 137, 256}) {
      for (const float scale : {0.1F, 3.0F, 60.0F}) {
        const at::Tensor logits = random_numbers(classes, n, scale);
        const at::Tensor labels = at::arange(n, at::kLong).remainder(classes);
        const at::Tensor loss =
            at::cross_entropy_loss(logits.t().to(at::kDouble), labels, {}, at::Reduction::Sum);
        const ScoreSums sums = sum(logits, labels);
        const double expected = loss.item<double>();
        EXPECT_NEAR(sums.loss, expected, 1e-6 * (expected + static_cast<double>(n)));
        EXPECT_EQ(sums.wrong, logits.argmax(0).ne(labels).sum().item<double>());
      }
    }
  }
}

TEST_P(ScoreKernelsOf, TheFirstOfEqualsIsTheAnswer) {
  const at::Tensor logits = at::ones({3, 17});
  EXPECT_EQ(sum(logits, at::zeros({17}, at::kLong)).wrong, 0);
  EXPECT_EQ(sum(logits, at::ones({17}, at::kLong)).wrong, 17);
}

TEST_P(ScoreKernelsOf, WhatIsNotFiniteSpoilsTheLoss) {
  const at::Tensor labels = at::zeros({20}, at::kLong);
  for (const float bad : {NAN, INFINITY, -INFINITY}) {
    for (const int64_t place : {0, 18}) {
      for (const int64_t row : {0, 2}) {
        const at::Tensor logits = random_numbers(3, 20, 1);
        logits[row][place] = bad;
        EXPECT_FALSE(std::isfinite(sum(logits, labels).loss)) << bad << " " << row << " " << place;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(EveryIsa, ScoreKernelsOf, ::testing::ValuesIn(available_isas()),
                         [](const auto& isa) { return std::string(isa_name(isa.param)); });

}  // namespace
}  // namespace saltus
