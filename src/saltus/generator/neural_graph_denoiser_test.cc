#include "saltus/generator/neural_graph_denoiser.h"

#include <gtest/gtest.h>

#include <numeric>

#include "saltus/base/file.h"
#include "saltus/base/random.h"
#include "saltus/generator/generator.h"
#include "saltus/network/convnet.h"
#include "saltus/network/return_metric_test.h"
#include "saltus/network/state_dict_network.h"

namespace saltus {
namespace {

at::Tensor normal(at::IntArrayRef shape, uint64_t index) {
  RandomStream random(7, "test.normal", index);
  at::Tensor x = at::empty(shape);
  random.fill_normal({x.data_ptr<float>(), static_cast<size_t>(x.numel())});
  return x;
}

// Moves every weight: as constructed, the heads are zero.
void make_informative(NeuralGraphDenoiser& denoiser) {
  const torch::NoGradGuard no_grad;
  uint64_t index = 10;
  for (at::Tensor& p : denoiser.parameters()) p.add_(0.1 * normal(p.sizes(), ++index));
}

std::shared_ptr<NeuralGraphDenoiser> random_denoiser(const MlpConfig& mlp) {
  const auto architecture = make_mlp(mlp);
  const int64_t inputs = mlp.sizes.front();
  const Probes probes{
      .fixed = normal({5, inputs}, 1), .transform = normal({5, 5}, 2), .draw = {}, .squash = true};
  auto denoiser =
      std::make_shared<NeuralGraphDenoiser>(NeuralGraphConfig{.width = 32, .layers = 2},
                                            architecture, std::vector{return_metric()}, probes, 1);
  make_informative(*denoiser);
  return denoiser;
}

// The same of a ConvNet, with all that is meant for one.
std::shared_ptr<NeuralGraphDenoiser> random_convnet_denoiser(const ConvNetConfig& convnet) {
  const NeuralGraphConfig config{.width = 32,
                                 .layers = 2,
                                 .kernel_cosines = true,
                                 .unit_roles = true,
                                 .standardise_units = true};
  auto denoiser = std::make_shared<NeuralGraphDenoiser>(config, make_convnet(convnet),
                                                        std::vector{return_metric()}, Probes{}, 1);
  make_informative(*denoiser);
  return denoiser;
}

// Of a network without symmetry, whose numbers are pieces.
std::shared_ptr<NeuralGraphDenoiser> random_pieces_denoiser(bool unit_options) {
  const Layout layout(
      {{"a.weight", {30, 4}}, {"a.bias", {30}}, {"b.weight", {7, 30}}, {"b.bias", {7}}});
  const NeuralGraphConfig config{
      .width = 32, .layers = 2, .unit_roles = unit_options, .standardise_units = unit_options};
  auto denoiser =
      std::make_shared<NeuralGraphDenoiser>(config, make_state_dict_network(layout, Symmetry()),
                                            std::vector{return_metric()}, Probes{}, 1);
  make_informative(*denoiser);
  return denoiser;
}

Conditions conditions(int64_t batch) {
  return {.timestep = at::full({batch}, 600, at::kLong),
          .start_metric = at::linspace(10, 60, batch),
          .target_metric = at::linspace(400, 480, batch)};
}

void expect_equivariance(NeuralGraphDenoiser& denoiser, const Architecture& architecture) {
  const Layout& layout = architecture.layout();
  std::vector<std::vector<int64_t>> permutations;
  RandomStream random(3, "test.permutation");
  for (const UnitGroup& group : architecture.symmetry().groups()) {
    auto& p = permutations.emplace_back(static_cast<size_t>(group.units));
    std::iota(p.begin(), p.end(), 0);
    for (size_t i = p.size() - 1; i > 0; --i) std::swap(p[i], p[random.below(i + 1)]);
  }
  const at::Tensor order =
      at::tensor(architecture.symmetry().gather_index(layout, permutations), at::kLong);
  const at::Tensor start = normal({3, layout.parameters()}, 4) * 0.3;
  const at::Tensor noised = normal({3, layout.parameters()}, 5);
  const at::Tensor plain = denoiser.predict(noised, start, conditions(3));
  const at::Tensor permuted =
      denoiser.predict(noised.index_select(1, order), start.index_select(1, order), conditions(3));
  const double scale = plain.abs().max().item<double>();
  EXPECT_GT(scale, 0.1);
  EXPECT_GT((plain.index_select(1, order) - plain).abs().max().item<double>(), 0.1 * scale);
  EXPECT_LE((plain.index_select(1, order) - permuted).abs().max().item<double>(), 1e-5 * scale);
}

class Equivariance : public testing::TestWithParam<std::vector<int64_t>> {};

// Permuting a start network's hidden units, and the noise with them, permutes the prediction.
TEST_P(Equivariance, PermutingHiddenUnitsPermutesThePrediction) {
  const torch::NoGradGuard no_grad;
  MlpConfig mlp{.sizes = GetParam(), .activation = Activation::selu, .log_std = true};
  for (size_t i = 1; i < mlp.sizes.size(); ++i) mlp.layer_names.push_back("fc" + std::to_string(i));
  expect_equivariance(*random_denoiser(mlp), *make_mlp(mlp));
}

INSTANTIATE_TEST_SUITE_P(Mlps, Equivariance,
                         testing::Values(std::vector<int64_t>{4, 32, 32, 1},
                                         std::vector<int64_t>{20, 10, 10},
                                         std::vector<int64_t>{3, 8, 6, 7, 2}));

TEST(NeuralGraphDenoiser, OfAConvNetIsEquivariantToo) {
  const torch::NoGradGuard no_grad;
  const ConvNetConfig convnet = cifar10_convnet();
  expect_equivariance(*random_convnet_denoiser(convnet), *make_convnet(convnet));
}

// What a layer's units have in common moves none of them, through the group's own head.
TEST(NeuralGraphDenoiser, StandardisedUnitsOfOneLayerMoveApart) {
  const torch::NoGradGuard no_grad;
  const auto denoiser = random_convnet_denoiser(cifar10_convnet());
  for (auto& entry : denoiser->named_parameters()) {
    if (entry.key().find("group_out") != std::string::npos && entry.key().ends_with("bias")) {
      entry.value().zero_();
    }
  }
  const at::Tensor x0 =
      denoiser->predict(normal({2, 5370}, 1), 0.3 * normal({2, 5370}, 2), conditions(2));
  const at::Tensor filters = x0.narrow(1, 0, 432).view({2, 16, 27});
  EXPECT_GT(filters.abs().mean().item<double>(), 0.1);
  EXPECT_LT(filters.mean(1).abs().max().item<double>(), 1e-4);
}

// Pieces are known by their places: exchanging two equal ones does not exchange what is predicted.
TEST(NeuralGraphDenoiser, TellsPiecesApart) {
  const torch::NoGradGuard no_grad;
  for (const bool unit_options : {false, true}) {
    const auto denoiser = random_pieces_denoiser(unit_options);
    ASSERT_EQ(denoiser->dimension(), 367);
    const at::Tensor x0 =
        denoiser->predict(at::zeros({1, 367}), at::full({1, 367}, 0.2), conditions(1));
    const at::Tensor rows = x0.narrow(1, 150, 210).view({7, 30});
    EXPECT_GT((rows[0] - rows[1]).abs().max().item<double>(), 0.01);
  }
}

TEST(NeuralGraphDenoiser, FreshPredictsNoChange) {
  const torch::NoGradGuard no_grad;
  const auto actor = make_mlp(cartpole_actor());
  NeuralGraphDenoiser denoiser({}, actor, {return_metric()}, {}, 1);
  const at::Tensor start = normal({2, 1250}, 1);
  const at::Tensor x0 = denoiser.predict(normal({2, 1250}, 2), start, conditions(2));
  EXPECT_EQ(x0.abs().max().item<float>(), 0);
  EXPECT_TRUE(denoiser.decode(x0, start).equal(start));
}

TEST(NeuralGraphDenoiser, DecodeInvertsEncode) {
  const auto denoiser = random_denoiser(cartpole_actor());
  const at::Tensor first = normal({50, 1250}, 1), last = first + 2 * normal({50, 1250}, 2);
  denoiser->set_statistics({.first = first, .last = last, .any = last});
  const at::Tensor x0 = denoiser->encode(last, first);
  EXPECT_NEAR(x0.square().mean().item<double>(), 1, 0.05);  // whitened
  EXPECT_TRUE(at::allclose(denoiser->decode(x0, first), last, 1e-5, 1e-5));
}

TEST(NeuralGraphDenoiser, WhitensKernelsByFrequency) {
  const auto denoiser = random_convnet_denoiser(cifar10_convnet());
  const at::Tensor first = normal({50, 5370}, 1);
  at::Tensor delta = normal({50, 5370}, 2);
  delta.narrow(1, 0, 432).view({50, 16, 27}).add_(3 * normal({50, 16, 1}, 3));  // flat and grey
  const at::Tensor last = first + delta;
  denoiser->set_statistics({.first = first, .last = last, .any = last});
  const at::Tensor x0 = denoiser->encode(last, first);
  EXPECT_TRUE(at::allclose(denoiser->decode(x0, first), last, 1e-4, 1e-4));
  const at::Tensor filters = x0.narrow(1, 0, 432).view({50, 16, 27});
  EXPECT_TRUE(at::allclose(filters.square().mean({0, 1}), at::ones({27}), 1e-3, 1e-3));
  EXPECT_NEAR(x0.narrow(1, 432, 4608).square().mean().item<double>(), 1, 1e-3);
}

TEST(NeuralGraphDenoiser, EveryWeightGetsAGradient) {
  const std::vector<std::shared_ptr<NeuralGraphDenoiser>> denoisers = {
      random_denoiser(cartpole_actor()), random_convnet_denoiser(cifar10_convnet()),
      random_pieces_denoiser(false)};
  for (const auto& denoiser : denoisers) {
    const int64_t d = denoiser->dimension();
    const at::Tensor x0 = denoiser->predict(normal({2, d}, 1), normal({2, d}, 2), conditions(2));
    x0.square().sum().backward();
    for (const auto& entry : denoiser->named_parameters()) {
      ASSERT_TRUE(entry.value().grad().defined()) << entry.key();
      if (entry.key().find("key.bias") != std::string::npos) continue;  // cancels in the softmax
      EXPECT_GT(entry.value().grad().abs().max().item<float>(), 0) << entry.key();
    }
  }
}

Generator test_generator() {
  GeneratorDescription d;
  d.task = "cartpole";
  d.architecture = make_mlp(cartpole_actor());
  d.metrics = {return_metric()};
  d.metric_low = {0};
  d.metric_high = {495};
  NeuralGraphConfig config{.width = 32, .layers = 2};
  Options options;
  config.declare(options);
  d.config = options.to_json();
  d.config["training"] = {{"preset", "default"}};
  return Generator(d, random_denoiser(cartpole_actor()));
}

UpdateRequest request(int64_t rows) {
  return {.theta = normal({rows, 1250}, 1) * 0.3,
          .start_metric = at::full({rows, 1}, 12.0),
          .prompt = at::full({rows, 1}, 480.0),
          .seed = 5};
}

class EverySampler : public testing::TestWithParam<std::string> {};

TEST_P(EverySampler, GivesTheSameNetworkWhateverTheBatch) {
  const Generator generator = test_generator();
  const SamplerConfig sampler{.method = GetParam(), .evaluations = 3, .eta = 0.5};
  const UpdateRequest all = request(5);
  const at::Tensor together = generator.update(all, sampler);
  UpdateRequest one = request(5);
  one.theta = one.theta.slice(0, 3, 4);
  one.start_metric = one.start_metric.slice(0, 3, 4);
  one.prompt = one.prompt.slice(0, 3, 4);
  one.sample = {3};
  const at::Tensor alone = generator.update(one, sampler);
  EXPECT_LE((together[3] - alone[0]).abs().max().item<float>(), 2e-4);
  EXPECT_TRUE(generator.update(all, sampler).equal(together));
  EXPECT_GT((together[3] - together[2]).abs().max().item<float>(), 0.01);
}

INSTANTIATE_TEST_SUITE_P(Samplers, EverySampler, testing::Values("ddpm", "ddim", "dpm"));

TEST(Generator, LoadsWhatItSaved) {
  const Generator generator = test_generator();
  const fs::path file = fs::path(testing::TempDir()) / "generator.safetensors";
  generator.save(file);
  const Generator loaded = Generator::load(file);
  EXPECT_EQ(loaded.hash(), generator.hash());
  EXPECT_EQ(loaded.description().metric_high, generator.description().metric_high);
  const SamplerConfig sampler{.evaluations = 2};
  EXPECT_TRUE(loaded.update(request(2), sampler).equal(generator.update(request(2), sampler)));
}

}  // namespace
}  // namespace saltus
