#include "saltus/network/architecture.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "saltus/base/error.h"
#include "saltus/base/random.h"
#include "saltus/base/safetensors.h"
#include "saltus/network/state_dict_network.h"
#include "tests/support/golden.h"
#include "tests/support/temporary.h"

namespace saltus {
namespace {

using testing::golden_path;
using testing::max_difference;
using testing::message_of;

at::Tensor tensor_of(const SafetensorsFile& file, const std::string& name) {
  const TensorView& view = file.at(name);
  const auto values = view.as<float>();
  return at::from_blob(const_cast<float*>(values.data()), view.shape, at::kFloat).clone();
}

double difference(const at::Tensor& found, const SafetensorsFile& file, const std::string& name) {
  const at::Tensor flat = found.to(at::kFloat).contiguous();
  const std::span<const float> values(flat.const_data_ptr<float>(),
                                      static_cast<size_t>(flat.numel()));
  return max_difference(values, file.at(name).as<float>());
}

at::Tensor random_tensor(at::IntArrayRef shape, uint64_t seed) {
  RandomStream random(seed, "test");
  at::Tensor tensor = at::empty(shape);
  random.fill_normal({tensor.data_ptr<float>(), static_cast<size_t>(tensor.numel())});
  return tensor;
}

TEST(Golden, MnistLogitsAndLoss) {
  const SafetensorsFile file(golden_path("target_nets.safetensors"));
  const auto mlp = make_mlp(mnist_mlp());
  const auto pixels = file.at("mnist.images_u8").as<uint8_t>();
  at::Tensor images = at::empty({32, 784});
  for (size_t i = 0; i < pixels.size(); ++i) {
    images.data_ptr<float>()[i] = (static_cast<float>(pixels[i]) / 255.0f - 0.1307f) / 0.3081f;
  }
  EXPECT_LE(difference(images.narrow(0, 0, 4), file, "mnist.inputs_first4"), 1e-6);
  const auto raw = file.at("mnist.labels").as<int64_t>();
  const at::Tensor labels = at::from_blob(const_cast<int64_t*>(raw.data()), {32}, at::kLong);

  // Both networks and the zero network in one batch.
  const at::Tensor theta = at::stack(
      {tensor_of(file, "mnist.a.theta"), tensor_of(file, "mnist.b.theta"), at::zeros({7960})});
  const at::Tensor output = mlp->respond(theta, images).output;
  const char* names[] = {"a", "b", "zero"};
  for (int64_t k = 0; k < 3; ++k) {
    const std::string prefix = fmt::format("mnist.{}.", names[k]);
    const at::Tensor logits = output[k].t();
    EXPECT_LE(difference(logits, file, prefix + "logits"), 5e-6);
    const at::Tensor loss = at::cross_entropy_loss(logits, labels, {}, at::Reduction::None);
    EXPECT_LE(difference(loss, file, prefix + "loss_per_sample"), 5e-6);
    const double error = 100 * (logits.argmax(1) != labels).to(at::kDouble).mean().item<double>();
    EXPECT_EQ(error, file.at(prefix + "error_percent").as<double>()[0]);
  }
}

TEST(Golden, CartpoleActionMean) {
  const SafetensorsFile file(golden_path("target_nets.safetensors"));
  const auto actor = make_mlp(cartpole_actor());
  const at::Tensor theta = tensor_of(file, "cartpole.theta").unsqueeze(0);
  const at::Tensor mean = actor->respond(theta, tensor_of(file, "cartpole.obs")).output[0].t();
  EXPECT_LE(difference(mean, file, "cartpole.action_mean"), 2e-6);
}

TEST(Golden, PermutedNetworksComputeTheSame) {
  const SafetensorsFile file(golden_path("permutation.safetensors"));
  for (const char* task : {"mnist", "cartpole"}) {
    const auto network = make_mlp(std::string(task) == "mnist" ? mnist_mlp() : cartpole_actor());
    const at::Tensor inputs = tensor_of(file, fmt::format("{}.inputs", task)).flatten(1);
    for (const char* theta : {"theta", "seed0.theta_permuted", "seed12345.theta_permuted"}) {
      const at::Tensor parameters = tensor_of(file, fmt::format("{}.{}", task, theta));
      const at::Tensor output = network->respond(parameters.unsqueeze(0), inputs).output[0].t();
      EXPECT_LE(difference(output, file, fmt::format("{}.outputs_before", task)), 2e-6);
    }
  }
}

TEST(Mlp, HasTheReferencesLayouts) {
  const auto actor = make_mlp(cartpole_actor());
  EXPECT_EQ(actor->layout().parameters(), 1250);
  EXPECT_EQ(actor->layout().at("actor.2.weight").offset, 161);
  EXPECT_EQ(actor->layout().at("actor.4.bias").offset, 1249);
  const auto mnist = make_mlp(mnist_mlp());
  EXPECT_EQ(mnist->layout().parameters(), 7960);
  EXPECT_EQ(mnist->layout().at("fc2.weight").offset, 7850);
}

TEST(Mlp, RespondsWithShapes) {
  const auto actor = make_mlp(cartpole_actor());
  const Responses r = actor->respond(random_tensor({3, 1250}, 1), random_tensor({5, 4}, 2));
  ASSERT_EQ(r.hidden.size(), 2u);
  EXPECT_EQ(r.hidden[0].sizes(), (at::IntArrayRef{3, 32, 5}));
  EXPECT_EQ(r.hidden[1].sizes(), (at::IntArrayRef{3, 32, 5}));
  EXPECT_EQ(r.output.sizes(), (at::IntArrayRef{3, 1, 5}));
}

TEST(Mlp, BatchEqualsOneByOneInEveryActivation) {
  for (Activation activation :
       {Activation::relu, Activation::selu, Activation::tanh, Activation::gelu}) {
    const auto net = make_mlp({.sizes = {3, 4, 5, 2},
                               .activation = activation,
                               .layer_names = {"a", "b", "c"},
                               .log_std = false});
    const at::Tensor theta = random_tensor({6, net->layout().parameters()}, 3).to(at::kDouble);
    const at::Tensor inputs = random_tensor({7, 3}, 4).to(at::kDouble);
    const at::Tensor all = net->respond(theta, inputs).output;
    for (int64_t k = 0; k < 6; ++k) {
      const at::Tensor one = net->respond(theta.narrow(0, k, 1), inputs).output;
      EXPECT_LT((one[0] - all[k]).abs().max().item<double>(), 1e-12);
    }
  }
}

TEST(Mlp, IsDifferentiableInTheta) {
  const auto net = make_mlp({.sizes = {3, 4, 2},
                             .activation = Activation::selu,
                             .layer_names = {"a", "b"},
                             .log_std = true});
  at::Tensor theta = random_tensor({2, net->layout().parameters()}, 5).to(at::kDouble);
  const at::Tensor inputs = random_tensor({5, 3}, 6).to(at::kDouble);
  const auto value = [&](const at::Tensor& t) {
    return net->respond(t, inputs).output.pow(2).sum();
  };
  theta.set_requires_grad(true);
  value(theta).backward();
  const at::Tensor gradient = theta.grad().clone();
  theta.set_requires_grad(false);
  const double h = 1e-6;
  for (int64_t p = 0; p < theta.size(1); ++p) {
    at::Tensor up = theta.clone(), down = theta.clone();
    up[1][p] += h;
    down[1][p] -= h;
    const double numeric = (value(up) - value(down)).item<double>() / (2 * h);
    EXPECT_NEAR(gradient[1][p].item<double>(), numeric, 1e-6 * (1 + std::abs(numeric))) << p;
  }
  EXPECT_EQ(gradient[1][0].item<double>(), 0);  // log_std does not act on the mean
}

TEST(Mlp, NamesWrongShapes) {
  const auto actor = make_mlp(cartpole_actor());
  EXPECT_EQ(message_of<Error>([&] {
              actor->respond(at::zeros({2, 7}), at::zeros({5, 4}));
            }),
            "evaluate networks: expected parameters [K, 1250], found [2, 7]");
  EXPECT_EQ(message_of<Error>([&] {
              actor->respond(at::zeros({2, 1250}), at::zeros({5, 3}));
            }),
            "evaluate networks: expected inputs [B, 4], found [5, 3]");
}

TEST(MakeArchitecture, InvertsToJson) {
  for (const MlpConfig& config : {cartpole_actor(), mnist_mlp()}) {
    const auto network = make_mlp(config);
    const auto again = make_architecture(Json::parse(network->to_json().dump()));
    EXPECT_EQ(again->to_json(), network->to_json());
    EXPECT_EQ(again->layout(), network->layout());
  }
}

TEST(MakeArchitecture, RefusesWhatItDoesNotKnow) {
  Json json = make_mlp(cartpole_actor())->to_json();
  const auto error = [&](const char* key, const Json& value) {
    Json changed = json;
    changed[key] = value;
    return message_of<Error>([&] { make_architecture(changed); });
  };
  EXPECT_EQ(error("kind", "rnn"),
            "architecture: key 'kind': expected mlp, convnet or state_dict, found 'rnn'");
  EXPECT_NE(error("activation", "sigmoid"), "");
  EXPECT_NE(error("sizes", {4, 0, 1}), "");
  EXPECT_NE(error("layers", {"a"}), "");
  EXPECT_NE(error("log_std", 1), "");
}

TEST(StateDictNetwork, KeepsLayoutAndSymmetryAndComputesNothing) {
  const auto mlp = make_mlp({.sizes = {3, 5, 2}, .layer_names = {"a", "b"}});
  const auto network =
      make_architecture(make_state_dict_network(mlp->layout(), mlp->symmetry())->to_json());
  EXPECT_EQ(network->layout(), mlp->layout());
  EXPECT_EQ(network->symmetry().to_json(network->layout()), mlp->symmetry().to_json(mlp->layout()));
  EXPECT_FALSE(network->computes());
  const std::string message = message_of<Error>([&] {
    network->respond(at::zeros({1, 32}), at::zeros({1, 3}));
  });
  EXPECT_NE(message.find("of which only the 4 tensors are known"), std::string::npos) << message;
}

}  // namespace
}  // namespace saltus
