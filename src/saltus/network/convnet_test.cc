#include "saltus/network/convnet.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>

#include "saltus/base/error.h"
#include "saltus/base/random.h"
#include "saltus/network/initialiser.h"
#include "tests/support/temporary.h"

namespace saltus {
namespace {

ConvNetConfig small_convnet(Activation activation, bool conv_bias) {
  return {.input = {2, 7, 6},
          .channels = {3, 4, 5},
          .strides = {2, 1, 2},
          .classes = 3,
          .activation = activation,
          .conv_bias = conv_bias,
          .layer_names = {"a", "b", "c", "out"}};
}

at::Tensor normal_tensor(at::IntArrayRef shape, uint64_t seed) {
  RandomStream random(seed, "test.convnet");
  at::Tensor tensor = at::empty(shape);
  random.fill_normal({tensor.data_ptr<float>(), static_cast<size_t>(tensor.numel())});
  return tensor;
}

// One network by the definition of a convolution: unfolded patches times a matrix.
at::Tensor by_hand(const ConvNetConfig& config, const Layout& layout, const at::Tensor& theta,
                   const at::Tensor& inputs, std::vector<at::Tensor>& means) {
  const auto tensor = [&](const std::string& name) {
    const TensorSpec& spec = layout.at(name);
    return theta.narrow(0, spec.offset, spec.size).view(spec.shape);
  };
  at::Tensor x = inputs.view({inputs.size(0), config.input[0], config.input[1], config.input[2]});
  for (size_t l = 0; l < config.channels.size(); ++l) {
    const int64_t stride = config.strides[l];
    const at::Tensor patches = at::im2col(x, {3, 3}, {1, 1}, {1, 1}, {stride, stride});
    at::Tensor y = at::matmul(tensor(config.layer_names[l] + ".weight").flatten(1), patches);
    if (config.conv_bias) y = y + tensor(config.layer_names[l] + ".bias").view({1, -1, 1});
    y = activate(config.activation, y);  // [B, channels, places]
    means.push_back(y.mean(2).t());
    const int64_t height = (x.size(2) - 1) / stride + 1, width = (x.size(3) - 1) / stride + 1;
    x = y.view({x.size(0), -1, height, width});
  }
  return at::matmul(tensor("out.weight"), means.back()) + tensor("out.bias").unsqueeze(1);
}

TEST(ConvNet, ComputesWhatItsDefinitionSays) {
  for (const auto& [activation, bias] :
       {std::pair{Activation::relu, false}, std::pair{Activation::selu, true}}) {
    const ConvNetConfig config = small_convnet(activation, bias);
    const auto net = make_convnet(config);
    const at::Tensor theta = normal_tensor({4, net->layout().parameters()}, 1).to(at::kDouble);
    const at::Tensor inputs = normal_tensor({6, 2 * 7 * 6}, 2).to(at::kDouble);
    const Responses found = net->respond(theta, inputs);
    ASSERT_EQ(found.output.sizes(), (std::vector<int64_t>{4, 3, 6}));
    ASSERT_EQ(found.hidden.size(), 3u);
    for (int64_t k = 0; k < 4; ++k) {
      std::vector<at::Tensor> means;
      const at::Tensor expected = by_hand(config, net->layout(), theta[k], inputs, means);
      EXPECT_LT((found.output[k] - expected).abs().max().item<double>(), 1e-11);
      for (size_t g = 0; g < 3; ++g) {
        EXPECT_EQ(found.hidden[g].size(1), net->symmetry().groups()[g].units);
        EXPECT_LT((found.hidden[g][k] - means[g]).abs().max().item<double>(), 1e-11);
      }
    }
  }
}

TEST(ConvNet, PermutedChannelsComputeTheSame) {
  for (const bool bias : {false, true}) {
    const auto net = make_convnet(small_convnet(Activation::tanh, bias));
    const at::Tensor theta = normal_tensor({1, net->layout().parameters()}, 3).to(at::kDouble);
    const at::Tensor inputs = normal_tensor({5, 84}, 4).to(at::kDouble);
    const at::Tensor index = at::tensor(
        net->symmetry().gather_index(net->layout(), {{2, 0, 1}, {3, 1, 0, 2}, {4, 0, 3, 1, 2}}),
        at::kLong);
    const at::Tensor permuted = theta.index_select(1, index);
    EXPECT_GT((permuted - theta).abs().max().item<double>(), 0.1);
    const at::Tensor before = net->respond(theta, inputs).output;
    const at::Tensor after = net->respond(permuted, inputs).output;
    EXPECT_LT((before - after).abs().max().item<double>(), 1e-12);
  }
}

TEST(ConvNet, IsDifferentiableInTheta) {
  const auto net = make_convnet(small_convnet(Activation::gelu, true));
  at::Tensor theta = normal_tensor({2, net->layout().parameters()}, 5).to(at::kDouble);
  const at::Tensor inputs = normal_tensor({3, 84}, 6).to(at::kDouble);
  const at::Tensor direction = normal_tensor(theta.sizes(), 7).to(at::kDouble);
  const auto value = [&](const at::Tensor& t) {
    return net->respond(t, inputs).output.square().sum();
  };
  theta.set_requires_grad(true);
  value(theta).backward();
  const double slope = (theta.grad() * direction).sum().item<double>();
  theta.set_requires_grad(false);
  const double h = 1e-6;
  const double numeric =
      (value(theta + h * direction) - value(theta - h * direction)).item<double>() / (2 * h);
  EXPECT_NEAR(slope, numeric, 1e-5 * std::abs(numeric));
}

TEST(ConvNet, HasTheReferencesLayout) {
  const auto net = make_convnet(cifar10_convnet());
  const Layout expected({{.name = "conv1.weight", .shape = {16, 3, 3, 3}},
                         {.name = "conv2.weight", .shape = {32, 16, 3, 3}},
                         {.name = "fc.weight", .shape = {10, 32}},
                         {.name = "fc.bias", .shape = {10}}});
  EXPECT_EQ(net->layout(), expected);
  EXPECT_EQ(net->layout().parameters(), 5370);
  EXPECT_EQ(net->layout().at("conv2.weight").offset, 432);
  EXPECT_EQ(net->layout().at("fc.weight").offset, 5040);
  EXPECT_EQ(net->input_shape(), (std::vector<int64_t>{3, 32, 32}));
  EXPECT_EQ(net->input_size(), 3072);
  EXPECT_EQ(net->outputs(), 10);
}

// PyTorch draws a convolution's weights with a fan-in of channels times kernel area.
TEST(ConvNet, InitialisersCountKernelsAsInputs) {
  const auto net = make_convnet(cifar10_convnet());
  std::vector<float> theta(5370);
  RandomStream random(1, "test");
  initialise(net->layout(), "pytorch", random, theta, 0);
  const at::Tensor weight = at::tensor(theta).narrow(0, 432, 4608);
  EXPECT_LE(weight.abs().max().item<double>(), 1 / 12.0);  // 1 / sqrt(16 * 9)
  EXPECT_GT(weight.abs().max().item<double>(), 0.99 / 12.0);
}

TEST(ConvNet, InvertsToJson) {
  for (const ConvNetConfig& config : {cifar10_convnet(), small_convnet(Activation::gelu, true)}) {
    const auto net = make_convnet(config);
    const auto again = make_architecture(Json::parse(net->to_json().dump()));
    EXPECT_EQ(again->to_json(), net->to_json());
    EXPECT_EQ(again->layout(), net->layout());
    EXPECT_EQ(again->input_shape(), config.input);
  }
}

TEST(ConvNet, NamesWhatMakesNoNetwork) {
  const auto error = [](const char* key, const Json& value) {
    Json json = make_convnet(cifar10_convnet())->to_json();
    json[key] = value;
    return testing::message_of<Error>([&] { make_architecture(json); });
  };
  EXPECT_EQ(error("input", {3, 32}),
            "architecture convnet: expected an input of channels, height and width >= 1, found "
            "[3, 32]");
  EXPECT_EQ(error("channels", Json::array()),
            "architecture convnet: expected one or more channels >= 1, found []");
  EXPECT_EQ(error("strides", {1}),
            "architecture convnet: expected 2 strides >= 1, one a convolution, found [1]");
  EXPECT_EQ(error("kernel", 4),
            "architecture convnet: expected an odd kernel and classes >= 1, found 4 and 10");
  EXPECT_NE(error("layers", {"a"}), "");
  EXPECT_NE(error("activation", "relo").find("did you mean relu?"), std::string::npos);
  const auto net = make_convnet(cifar10_convnet());
  EXPECT_EQ(testing::message_of<Error>([&] {
              net->respond(at::zeros({1, 5370}), at::zeros({2, 784}));
            }),
            "evaluate networks: expected inputs [B, 3072], found [2, 784]");
}

}  // namespace
}  // namespace saltus
