#include "saltus/network/sparse_inputs.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "saltus/base/isa.h"
#include "saltus/base/random.h"
#include "saltus/network/mlp.h"
#include "saltus/network/sparse_product_kernels.h"

namespace saltus {
namespace {

constexpr float kBackground = -0.4f;

at::Tensor normals(at::IntArrayRef shape, uint64_t seed) {
  RandomStream random(seed, "test.sparse_inputs");
  at::Tensor tensor = at::empty(shape);
  random.fill_normal({tensor.mutable_data_ptr<float>(), static_cast<size_t>(tensor.numel())});
  return tensor;
}

// About `share` of the numbers differ from the background.
at::Tensor pictures(int64_t count, int64_t pixels, double share) {
  const double cut = std::sqrt(2.0) * at::erfinv(at::tensor(1 - share)).item<double>();
  const at::Tensor x = normals({count, pixels}, 1);
  return at::where(x.abs() > cut, x, at::full_like(x, kBackground));
}

class SparseInputsOf : public ::testing::TestWithParam<Isa> {
 protected:
  void SetUp() override { setenv("SALTUS_ISA", std::string(isa_name(GetParam())).c_str(), 1); }
  void TearDown() override { unsetenv("SALTUS_ISA"); }
};

// Rows that fill no tile, inputs that fill no group, an input that is all background.
TEST_P(SparseInputsOf, MultiplyAsAllNumbersDo) {
  for (const auto& [networks, units, inputs, pixels] :
       {std::tuple{7, 10, 37, 100}, {4, 16, 64, 784}, {1, 1, 1, 65}}) {
    at::Tensor x = pictures(inputs, pixels, 0.2);
    x[inputs / 2].fill_(kBackground);
    x[0].narrow(0, 0, pixels / 2).fill_(kBackground);
    const at::Tensor theta = normals({networks, units * pixels + units + 3}, 2);
    const at::Tensor weight = theta.narrow(1, 1, units * pixels),
                     bias = theta.narrow(1, units * pixels + 1, units);
    const auto sparse = SparseInputs::of(x);
    ASSERT_TRUE(sparse);
    const at::Tensor found = sparse->multiply(weight, bias);
    const at::Tensor rows = weight.reshape({networks * units, pixels}).to(at::kDouble);
    const at::Tensor expected =
        at::matmul(rows, x.to(at::kDouble).t()) + bias.reshape({-1, 1}).to(at::kDouble);
    ASSERT_EQ(found.sizes(), expected.sizes());
    EXPECT_LT((found - expected).abs().max().item<double>(),
              2e-6 * expected.abs().max().item<double>());
  }
}

// Inputs of which more than half are no background, too.
TEST_P(SparseInputsOf, MultiplyTilesAndTheirGradientsAsAllNumbersDo) {
  for (const auto& [networks, units, inputs, pixels, share] :
       {std::tuple{7, 10, 37, 100, 0.2}, {4, 16, 64, 784, 0.2}, {3, 11, 1, 9, 0.6}}) {
    const at::Tensor x = pictures(inputs, pixels, share);
    const at::Tensor weight =
        normals({networks, units * pixels + 3}, 2).narrow(1, 1, units * pixels);
    const at::Tensor bias = normals({networks * units}, 3);
    const at::Tensor slope = normals({networks * units, inputs}, 4);
    const at::Tensor tiles = weight_tiles(weight, units);
    const at::Tensor back = at::zeros_like(weight);
    weight_from_tiles(tiles, units, back);
    EXPECT_TRUE(at::equal(back, weight));

    const SparseInputs sparse(x);
    at::Tensor y = at::full({networks * units, inputs}, NAN);
    sparse.multiply_tiles(tiles, bias, y);
    at::Tensor tile_gradients = at::full_like(tiles, NAN), bias_gradient = at::full_like(bias, NAN);
    sparse.gradients(slope, tile_gradients, bias_gradient);
    const at::Tensor weight_gradient = at::zeros_like(weight);
    weight_from_tiles(tile_gradients, units, weight_gradient);

    const at::Tensor x64 = x.to(at::kDouble), slope64 = slope.to(at::kDouble);
    const at::Tensor rows = weight.reshape({networks * units, pixels}).to(at::kDouble);
    const auto expect_close = [](const at::Tensor& found, const at::Tensor& expected) {
      EXPECT_LT((found.view(expected.sizes()) - expected).abs().max().item<double>(),
                2e-6 * expected.abs().max().item<double>());
    };
    expect_close(y, at::matmul(rows, x64.t()) + bias.to(at::kDouble).unsqueeze(1));
    expect_close(weight_gradient.reshape(rows.sizes()), at::matmul(slope64, x64));
    expect_close(bias_gradient, slope64.sum(1));
    // Rows that the last tile lacks learn nothing.
    const at::Tensor all = tile_gradients.transpose(1, 2).reshape({-1, pixels});
    EXPECT_EQ(
        all.narrow(0, networks * units, all.size(0) - networks * units).abs().sum().item<float>(),
        0);
  }
}

INSTANTIATE_TEST_SUITE_P(Sets, SparseInputsOf, ::testing::ValuesIn(available_isas()),
                         [](const auto& set) { return std::string(isa_name(set.param)); });

TEST(SparseInputs, RoundAlikeWithFusedSums) {
  const at::Tensor x = pictures(40, 200, 0.2), weight = normals({5, 2000}, 2),
                   bias = normals({5, 10}, 3);
  std::vector<at::Tensor> found;
  for (const Isa isa : available_isas()) {
    if (isa == Isa::baseline) continue;
    setenv("SALTUS_ISA", std::string(isa_name(isa)).c_str(), 1);
    found.push_back(SparseInputs::of(x)->multiply(weight, bias));
    at::Tensor tiles = weight_tiles(weight, 10), bias_gradient = at::empty({50});
    SparseInputs(x).gradients(found.back(), tiles, bias_gradient);
    found.push_back(at::cat({tiles.flatten(), bias_gradient}));
  }
  unsetenv("SALTUS_ISA");
  if (found.size() < 4) GTEST_SKIP() << "one set with fused sums";
  EXPECT_TRUE(at::equal(found[0], found[2]));
  EXPECT_TRUE(at::equal(found[1], found[3]));
}

TEST(SparseInputs, AreThoseOfPicturesAlone) {
  EXPECT_TRUE(SparseInputs::of(pictures(64, 784, 0.25)));
  EXPECT_FALSE(SparseInputs::of(pictures(64, 784, 0.35)));
  EXPECT_FALSE(SparseInputs::of(normals({64, 784}, 1)));
  EXPECT_FALSE(SparseInputs::of(at::full({64, 784}, NAN)));
  EXPECT_FALSE(SparseInputs::of(at::empty({0, 784})));
}

// What a network answers does not tell how; gradients go the usual way.
TEST(SparseInputs, AreWhatAnMlpMultipliesUnlessAGradientIsWanted) {
  const auto net = make_mlp(mnist_mlp());
  const at::Tensor x = pictures(48, 784, 0.2),
                   theta = 0.1 * normals({6, net->layout().parameters()}, 4);
  const at::Tensor expected = net->respond(theta.to(at::kDouble), x.to(at::kDouble)).output;
  const Responses found = net->respond(theta, x);
  EXPECT_LT((found.output - expected).abs().max().item<double>(), 1e-5);
  const at::Tensor hidden = SparseInputs::of(x)
                                ->multiply(theta.narrow(1, 0, 7840), theta.narrow(1, 7840, 10))
                                .relu()
                                .view({6, 10, 48});
  EXPECT_TRUE(at::equal(found.hidden.front(), hidden)) << "another rounding: multiplied otherwise";
  EXPECT_TRUE(sparse_inputs_pay(theta, x, 60));
  EXPECT_FALSE(sparse_inputs_pay(theta, x, 10));
  EXPECT_FALSE(sparse_inputs_pay(theta.to(at::kDouble), x, 60));

  const at::Tensor learnt = theta.clone().set_requires_grad(true);
  EXPECT_FALSE(sparse_inputs_pay(learnt, x, 60));
  EXPECT_TRUE(net->respond(learnt, x).output.requires_grad());
  const at::NoGradGuard none;
  EXPECT_TRUE(sparse_inputs_pay(learnt, x, 60));
}

}  // namespace
}  // namespace saltus
