#include "saltus/training/generated_networks.h"

#include <gtest/gtest.h>

#include "saltus/network/return_metric_test.h"

namespace saltus {
namespace {

// Adds the prompt to the first parameter, so that a sample shows what it was asked for.
class Prompted : public Denoiser {
 public:
  explicit Prompted(int64_t parameters) : parameters_(parameters) {}
  int64_t dimension() const override { return parameters_; }
  at::Tensor encode(const at::Tensor& target, const at::Tensor& start) const override {
    return target - start;
  }
  at::Tensor decode(const at::Tensor& x0, const at::Tensor& start) const override {
    return start + x0;
  }
  at::Tensor predict(const at::Tensor& noised, const at::Tensor&,
                     const Conditions& conditions) override {
    at::Tensor x0 = at::zeros_like(noised);
    x0.select(1, 0).copy_(conditions.target_metric.reshape({-1}));
    return x0;
  }

 private:
  int64_t parameters_;
};

TEST(GeneratedNetworks, PromptTheWholeRangeAndOftenTheBest) {
  const auto architecture = make_mlp({.sizes = {2, 3, 1},
                                      .activation = Activation::relu,
                                      .layer_names = {"fc1", "fc2"},
                                      .log_std = false});
  const int64_t parameters = architecture->layout().parameters();
  const Generator generator({.task = "test",
                             .architecture = architecture,
                             .metrics = {return_metric()},
                             .metric_low = {100},
                             .metric_high = {300},
                             .config = Json::object(),
                             .made_by = Json::object()},
                            std::make_shared<Prompted>(parameters));
  const MeasuredNetworks starts{at::zeros({4, parameters}), at::zeros({4, 1})};
  const MeasureFunction first = [](const at::Tensor& theta, uint64_t, const Job&) {
    return theta.narrow(1, 0, 1).contiguous();
  };
  const MeasuredNetworks made = generate_networks(generator, starts, 400, first, 1, {});
  ASSERT_EQ(made.size(), 400);
  EXPECT_GE(made.metric.min().item<double>(), 100);
  EXPECT_LT(made.metric.min().item<double>(), 110);
  EXPECT_NEAR(made.metric.max().item<double>(), 300, 1e-3);
  EXPECT_NEAR((made.metric > 299.99).sum().item<double>(), 100, 2);
  EXPECT_TRUE(generate_networks(generator, starts, 400, first, 1, {}).theta.equal(made.theta));
  EXPECT_NEAR(best_prompt_metric(generator, starts, 3, first, 1, {}), 300, 1e-3);
  EXPECT_NEAR(best_prompt_metric(generator, starts, 100, first, 1, {}), 300, 1e-3);
}

}  // namespace
}  // namespace saltus
