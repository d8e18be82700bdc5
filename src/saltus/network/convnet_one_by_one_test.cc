#include "saltus/network/convnet_one_by_one.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "saltus/base/isa.h"
#include "saltus/base/random.h"

namespace saltus {
namespace {

at::Tensor drawn(at::IntArrayRef shape, uint64_t seed) {
  RandomStream random(seed, "test.one_by_one");
  at::Tensor tensor = at::empty(shape);
  random.fill_normal({tensor.mutable_data_ptr<float>(), static_cast<size_t>(tensor.numel())});
  return tensor;
}

ConvNetConfig convnet(std::vector<int64_t> input, int64_t kernel, bool bias) {
  return {.input = std::move(input),
          .channels = {16, 48, 32},
          .strides = {2, 1, 3},
          .kernel = kernel,
          .classes = 4,
          .conv_bias = bias,
          .layer_names = {"a", "b", "c", "out"}};
}

void expect_near(const at::Tensor& found, const at::Tensor& expected) {
  ASSERT_EQ(found.sizes(), expected.sizes());
  EXPECT_LT((found - expected).abs().max().item<double>(),
            3e-6 * expected.abs().max().item<double>());
}

class OneByOne : public ::testing::TestWithParam<Isa> {
 protected:
  void SetUp() override { setenv("SALTUS_ISA", std::string(isa_name(GetParam())).c_str(), 1); }
  void TearDown() override { unsetenv("SALTUS_ISA"); }
};

// In double, the network computes by the library's convolutions.
TEST_P(OneByOne, EqualsTheLibrarysConvolutions) {
  for (const ConvNetConfig& config : {cifar10_convnet(), convnet({1, 28, 28}, 3, true),
                                      convnet({5, 9, 14}, 5, false), convnet({2, 6, 5}, 1, true)}) {
    const auto net = make_convnet(config);
    const int64_t pixels = config.input[0] * config.input[1] * config.input[2];
    const at::Tensor theta = 0.3 * drawn({3, net->layout().parameters()}, 1);
    const at::Tensor inputs = drawn({5, pixels}, 2);
    ASSERT_TRUE(one_by_one_fits(config, theta, inputs));
    const Responses found = net->respond(theta, inputs);
    const Responses expected = net->respond(theta.to(at::kDouble), inputs.to(at::kDouble));
    ASSERT_EQ(found.hidden.size(), expected.hidden.size());
    for (size_t l = 0; l < found.hidden.size(); ++l) {
      expect_near(found.hidden[l], expected.hidden[l]);
    }
    expect_near(found.output, expected.output);
  }
}

TEST_P(OneByOne, KeepsWhatIsNoNumber) {
  const auto net = make_convnet(cifar10_convnet());
  at::Tensor theta = drawn({2, net->layout().parameters()}, 3);
  theta[1][7] = NAN;
  const at::Tensor output = net->respond(theta, drawn({2, 3 * 32 * 32}, 4)).output;
  EXPECT_TRUE(output[0].isfinite().all().item<bool>());
  EXPECT_TRUE(output[1].isnan().all().item<bool>());
}

TEST(OneByOneFits, WhatItComputes) {
  const ConvNetConfig config = cifar10_convnet();
  const at::Tensor theta = at::zeros({1, 5370}), inputs = at::zeros({1, 3072});
  EXPECT_TRUE(one_by_one_fits(config, theta, inputs));
  EXPECT_FALSE(one_by_one_fits(config, theta.to(at::kDouble), inputs));
  ConvNetConfig other = config;
  other.activation = Activation::selu;
  EXPECT_FALSE(one_by_one_fits(other, theta, inputs));
  other = config;
  other.channels[0] = 20;
  EXPECT_FALSE(one_by_one_fits(other, theta, inputs));
  const at::Tensor learning = at::zeros({1, 5370}).set_requires_grad(true);
  EXPECT_FALSE(one_by_one_fits(config, learning, inputs));
  const at::NoGradGuard no_grad;
  EXPECT_TRUE(one_by_one_fits(config, learning, inputs));
}

INSTANTIATE_TEST_SUITE_P(EveryIsa, OneByOne, ::testing::ValuesIn(available_isas()),
                         [](const auto& tested) { return std::string(isa_name(tested.param)); });

}  // namespace
}  // namespace saltus
