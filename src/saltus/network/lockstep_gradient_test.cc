#include "saltus/network/lockstep_gradient.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "saltus/network/autograd_gradient.h"
#include "saltus/network/convnet_gradient.h"
#include "saltus/network/convnet_together.h"
#include "saltus/network/mlp_gradient.h"
#include "saltus/network/small_networks_test.h"

namespace saltus {
namespace {

at::Tensor gradients_by(LockstepGradient& method, const at::Tensor& theta, const at::Tensor& inputs,
                        const at::Tensor& labels) {
  const PackedNetworks packed = method.pack(theta);
  PackedNetworks gradients;
  for (const at::Tensor& part : packed) gradients.push_back(at::full_like(part, 7));
  method.evaluate(packed, inputs, cross_entropy_slope(labels), gradients);
  return method.unpack(gradients);
}

struct NetworkKind {
  std::vector<int64_t> sizes;
  Activation activation;
  bool log_std;
};

class MlpGradients : public ::testing::TestWithParam<NetworkKind> {};

TEST_P(MlpGradients, EqualThoseOfAutograd) {
  const auto& [sizes, activation, log_std] = GetParam();
  MlpConfig config{.sizes = sizes, .activation = activation, .layer_names = {}, .log_std = log_std};
  for (size_t l = 1; l < sizes.size(); ++l) config.layer_names.push_back(fmt::format("fc{}", l));
  const auto network = make_mlp(config);
  torch::manual_seed(3);
  const at::Tensor theta = at::randn({4, network->layout().parameters()}, at::kDouble) * 0.5;
  const at::Tensor inputs = at::randn({9, sizes.front()}, at::kDouble);
  const at::Tensor labels = at::randint(0, sizes.back(), {9}, at::kLong);
  const auto by_hand = make_mlp_gradient(config), by_autograd = make_autograd_gradient(*network);
  const at::Tensor found = gradients_by(*by_hand, theta, inputs, labels);
  const at::Tensor expected = gradients_by(*by_autograd, theta, inputs, labels);
  EXPECT_LT((found - expected).abs().max().item<double>(), 1e-14);
  EXPECT_GT(expected.abs().max().item<double>(), 0.01);
}

INSTANTIATE_TEST_SUITE_P(Lockstep, MlpGradients,
                         ::testing::Values(NetworkKind{{6, 3}, Activation::relu, false},
                                           NetworkKind{{6, 5, 3}, Activation::relu, false},
                                           NetworkKind{{6, 5, 3}, Activation::tanh, true},
                                           NetworkKind{{6, 5, 3}, Activation::gelu, false},
                                           NetworkKind{{6, 5, 3}, Activation::selu, true},
                                           NetworkKind{{6, 5, 4, 3}, Activation::relu, false},
                                           NetworkKind{{6, 5, 4, 3}, Activation::tanh, false},
                                           NetworkKind{{6, 5, 4, 3}, Activation::gelu, true},
                                           NetworkKind{{6, 5, 4, 3}, Activation::selu, false}));

// With more rows than a tile holds and no whole number of tiles.
TEST(SparseMlpGradients, AreCloseToThoseOfAllNumbers) {
  for (const MlpConfig& config :
       {MlpConfig{{100, 5, 4, 3}, Activation::relu, {"fc1", "fc2", "fc3"}, false},
        MlpConfig{{100, 5, 3}, Activation::tanh, {"fc1", "fc2"}, true},
        MlpConfig{{100, 5}, Activation::relu, {"fc"}, false}}) {
    const auto network = make_mlp(config);
    torch::manual_seed(3);
    const at::Tensor theta = at::randn({9, network->layout().parameters()}) * 0.5;
    const at::Tensor x = at::randn({40, 100});
    const at::Tensor inputs = at::where(x > 0.9, x, at::full_like(x, -0.4));
    const at::Tensor labels = at::randint(0, config.sizes.back(), {40}, at::kLong);
    const auto exact = make_mlp_gradient(config);
    const auto sparse = make_lockstep_gradient(*network, {.sparse_inputs = true});
    EXPECT_EQ(sparse->pack(theta).size(), 2U);
    EXPECT_TRUE(at::equal(sparse->unpack(sparse->pack(theta)), theta));
    const at::Tensor expected =
        gradients_by(*exact, theta.to(at::kDouble), inputs.to(at::kDouble), labels);
    const at::Tensor found = gradients_by(*sparse, theta, inputs, labels);
    EXPECT_LT((found - expected).abs().max().item<double>(),
              2e-6 * expected.abs().max().item<double>());

    const at::Tensor few = theta.narrow(0, 0, 6);  // 30 rows: less than a tile
    EXPECT_EQ(sparse->pack(few).size(), 1U);
    EXPECT_TRUE(at::equal(gradients_by(*sparse, few, inputs, labels),
                          gradients_by(*make_mlp_gradient(config), few, inputs, labels)));
  }
}

struct ConvNetKind {
  std::vector<int64_t> channels, strides;
  Activation activation;
  bool bias;
};

class ConvNetGradients : public ::testing::TestWithParam<ConvNetKind> {
 protected:
  static ConvNetConfig config() {
    const auto& [channels, strides, activation, bias] = GetParam();
    ConvNetConfig config{.input = {3, 7, 6},
                         .channels = channels,
                         .strides = strides,
                         .classes = 4,
                         .activation = activation,
                         .conv_bias = bias,
                         .layer_names = {"fc"}};
    for (size_t l = channels.size(); l > 0; --l) {
      config.layer_names.insert(config.layer_names.begin(), fmt::format("conv{}", l));
    }
    return config;
  }
};

TEST_P(ConvNetGradients, EqualThoseOfAutograd) {
  const auto network = make_convnet(config());
  const auto by_hand = make_convnet_gradient(config(), at::kDouble);
  const auto by_autograd = make_autograd_gradient(*network);
  torch::manual_seed(3);
  for (const int64_t batch : {9, 5}) {  // its buffers follow the batch
    const at::Tensor theta = at::randn({3, network->layout().parameters()}, at::kDouble) * 0.5;
    const at::Tensor inputs = at::randn({batch, 3 * 7 * 6}, at::kDouble);
    const at::Tensor labels = at::randint(0, 4, {batch}, at::kLong);
    const at::Tensor found = gradients_by(*by_hand, theta, inputs, labels);
    const at::Tensor expected = gradients_by(*by_autograd, theta, inputs, labels);
    EXPECT_LT((found - expected).abs().max().item<double>(), 1e-14);
    EXPECT_GT(expected.abs().max().item<double>(), 0.01);
  }
}

TEST_P(ConvNetGradients, AreTheSameTogether) {
  const auto network = make_convnet(config());
  torch::manual_seed(3);
  const at::Tensor theta = at::randn({3, network->layout().parameters()}, at::kDouble) * 0.5;
  const at::Tensor inputs = at::randn({9, 3 * 7 * 6}, at::kDouble);
  const at::Tensor labels = at::randint(0, 4, {9}, at::kLong);
  const Responses found = respond_together(config(), network->layout(), theta, inputs, at::kDouble);
  const Responses expected = network->respond(theta, inputs);
  EXPECT_LT((found.output - expected.output).abs().max().item<double>(), 1e-12);
  ASSERT_EQ(found.hidden.size(), expected.hidden.size());
  for (size_t g = 0; g < found.hidden.size(); ++g) {
    EXPECT_LT((found.hidden[g] - expected.hidden[g]).abs().max().item<double>(), 1e-12);
  }
  {
    const c10::InferenceMode no_gradients;
    EXPECT_TRUE(
        at::equal(respond_together(config(), network->layout(), theta, inputs, at::kDouble).output,
                  found.output));
  }
  const auto together = make_convnet_together_gradient(config(), at::kDouble);
  const auto by_hand = make_convnet_gradient(config(), at::kDouble);
  const at::Tensor difference = gradients_by(*together, theta, inputs, labels) -
                                gradients_by(*by_hand, theta, inputs, labels);
  EXPECT_LT(difference.abs().max().item<double>(), 1e-14);
  EXPECT_TRUE(at::equal(together->unpack(together->pack(theta)), theta));
}

TEST_P(ConvNetGradients, AreCloseInHalfTheBits) {
  const auto network = make_convnet(config());
  torch::manual_seed(3);
  const at::Tensor theta = at::randn({2, network->layout().parameters()}) * 0.5;
  const at::Tensor inputs = at::randn({64, 3 * 7 * 6});
  const at::Tensor labels = at::randint(0, 4, {64}, at::kLong);
  for (const auto make : {make_convnet_gradient, make_convnet_together_gradient}) {
    const at::Tensor exact = gradients_by(*make(config(), at::kFloat), theta, inputs, labels);
    const at::Tensor rounded = gradients_by(*make(config(), at::kBFloat16), theta, inputs, labels);
    const double error = ((rounded - exact).norm() / exact.norm()).item<double>();
    EXPECT_LT(error, 0.02);
    EXPECT_GT(error, 1e-5);  // they were asked for in another type
  }
}

INSTANTIATE_TEST_SUITE_P(Lockstep, ConvNetGradients,
                         ::testing::Values(ConvNetKind{{5, 6}, {2, 1}, Activation::relu, false},
                                           ConvNetKind{{5}, {1}, Activation::relu, true},
                                           ConvNetKind{
                                               {5, 6, 4}, {1, 2, 1}, Activation::gelu, true},
                                           ConvNetKind{{5, 6}, {2, 1}, Activation::tanh, true},
                                           ConvNetKind{{5, 6}, {1, 2}, Activation::selu, false}));

TEST(LockstepGradient, CrossEntropySlopeIsTorchs) {
  torch::manual_seed(4);
  const at::Tensor outputs = at::randn({2, 5, 9}, at::kDouble).requires_grad_();
  const at::Tensor labels = at::randint(0, 5, {9}, at::kLong);
  at::Tensor total = at::zeros({}, at::kDouble);
  for (const at::Tensor& one : outputs.unbind()) {
    total = total + at::cross_entropy_loss(one.t(), labels);
  }
  const at::Tensor expected = torch::autograd::grad({total}, {outputs})[0];
  at::Tensor found = at::empty_like(expected);
  cross_entropy_slope(labels)(outputs.detach(), found);
  EXPECT_LT((found - expected).abs().max().item<double>(), 1e-15);
}

TEST(LockstepGradient, PackingLosesNothing) {
  const auto network = testing::small_classifier();
  const testing::ForeignClassifier foreign;
  const at::Tensor theta = testing::small_starts(*network, 5);
  for (const Architecture* each : {network.get(), static_cast<const Architecture*>(&foreign)}) {
    const auto method = make_lockstep_gradient(*each);
    EXPECT_TRUE(at::equal(method->unpack(method->pack(theta)), theta));
    EXPECT_FALSE(method->pack(theta).front().is_alias_of(theta));
  }
  EXPECT_TRUE(make_lockstep_gradient(*network)->rounding_depends_on_company());
  EXPECT_FALSE(make_lockstep_gradient(foreign)->rounding_depends_on_company());
}

TEST(LockstepGradient, ABrokenNetworkHarmsNoOther) {
  const auto network = testing::small_classifier();
  const auto method = make_lockstep_gradient(*network);
  const at::Tensor inputs = at::randn({9, 16}), labels = at::randint(0, 3, {9}, at::kLong);
  at::Tensor theta = testing::small_starts(*network, 3);
  const at::Tensor sound = gradients_by(*method, theta, inputs, labels);
  theta[1].fill_(NAN);
  const at::Tensor found = gradients_by(*method, theta, inputs, labels);
  EXPECT_TRUE(at::equal(found[0], sound[0]));
  EXPECT_TRUE(at::equal(found[2], sound[2]));
  EXPECT_TRUE(found[1].isnan().any().item<bool>());
}

}  // namespace
}  // namespace saltus
