#include "saltus/generator/transformer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "saltus/base/error.h"

namespace saltus {
namespace {

constexpr TransformerConfig kSmall{.width = 12, .layers = 1, .heads = 3};

at::Tensor drawn(at::IntArrayRef sizes, uint64_t seed, at::ScalarType type = at::kFloat) {
  return at::randn(sizes, at::make_generator<at::CPUGeneratorImpl>(seed), type);
}

// Large weights and biases, so that every part of a block matters.
template <typename Module>
Module prepared(const TransformerConfig& config, at::ScalarType type = at::kFloat) {
  Module module(config);
  const torch::NoGradGuard no_gradient;
  uint64_t seed = 1;
  for (at::Tensor& p : module->parameters()) p.copy_(0.4 * drawn(p.sizes(), seed++));
  module->to(type);
  return module;
}

constexpr int64_t kEdgeFeatures = 3;

// Random weights and features for the place given; none: all of 5 tokens.
EdgeBias drawn_edges(int64_t batch, int64_t heads, EdgeBias edge, uint64_t seed,
                     at::ScalarType type) {
  if (edge.queries == 0) edge.queries = edge.keys = 5;
  edge.weights = drawn({heads, kEdgeFeatures}, seed, type);
  edge.features = drawn({batch, kEdgeFeatures, edge.queries * edge.keys}, seed + 100, type);
  return edge;
}

// One head and one query at a time, straight from the definition.
at::Tensor attention_by_definition(const Attention& attention, const at::Tensor& x,
                                   const at::Tensor& bias, int64_t heads) {
  const auto p = attention->named_parameters();
  const auto project = [&](const std::string& name) {
    return at::linear(x, p[name + ".weight"], p[name + ".bias"]);
  };
  const at::Tensor q = project("query"), k = project("key"), v = project("value");
  const int64_t D = x.size(2) / heads;
  at::Tensor out = at::zeros_like(x);
  for (int64_t b = 0; b < x.size(0); ++b)
    for (int64_t h = 0; h < heads; ++h)
      for (int64_t t = 0; t < x.size(1); ++t) {
        const auto head = [&](const at::Tensor& y) { return y[b].narrow(1, h * D, D); };
        at::Tensor logits = at::mv(head(k), head(q)[t]) / std::sqrt(static_cast<double>(D));
        if (bias.defined()) logits = logits + bias[b][h][t];
        out[b][t].narrow(0, h * D, D).copy_(at::mv(head(v).t(), at::softmax(logits, 0)));
      }
  return at::linear(out, p["proj.weight"], p["proj.bias"]);
}

TEST(Attention, FollowsItsDefinition) {
  const torch::NoGradGuard no_gradient;
  const auto attention = prepared<Attention>(kSmall, at::kDouble);
  const at::Tensor x = drawn({2, 5, 12}, 7, at::kDouble);
  const std::vector<EdgeBias> edges = {drawn_edges(2, 3, {}, 8, at::kDouble),
                                       drawn_edges(2, 3, {{}, {}, 1, 2, 3, 2}, 9, at::kDouble)};
  at::Tensor bias = at::matmul(edges[0].weights, edges[0].features).view({2, 3, 5, 5});
  bias.narrow(2, 1, 2).narrow(3, 3, 2) +=
      at::matmul(edges[1].weights, edges[1].features).view({2, 3, 2, 2});
  auto module = attention;
  EXPECT_LT((module->forward(x, {}) - attention_by_definition(attention, x, {}, 3))
                .abs()
                .max()
                .item<double>(),
            1e-12);
  EXPECT_LT((module->forward(x, edges) - attention_by_definition(attention, x, bias, 3))
                .abs()
                .max()
                .item<double>(),
            1e-12);
}

TEST(Block, HasTheGradientsOfFiniteDifferences) {
  auto block = prepared<Block>(kSmall, at::kDouble);
  at::Tensor x = drawn({2, 4, 12}, 3, at::kDouble).requires_grad_();
  const EdgeBias edge = drawn_edges(2, 3, {{}, {}, 0, 4, 0, 4}, 4, at::kDouble);
  edge.weights.requires_grad_();
  const at::Tensor weights = drawn({2, 4, 12}, 5, at::kDouble);
  const auto loss = [&] { return (block->forward(x, {edge}) * weights).sum(); };
  loss().backward();

  std::vector<at::Tensor> inputs = block->parameters();
  inputs.push_back(x);
  inputs.push_back(edge.weights);
  const torch::NoGradGuard no_gradient;
  uint64_t seed = 100;
  for (at::Tensor& input : inputs) {
    const at::Tensor direction = drawn(input.sizes(), seed++, at::kDouble);
    const double expected = (input.grad() * direction).sum().item<double>();
    constexpr double step = 1e-6;
    input.add_(direction, step);
    const double up = loss().item<double>();
    input.add_(direction, -2 * step);
    const double down = loss().item<double>();
    input.add_(direction, step);
    EXPECT_NEAR((up - down) / (2 * step), expected, 1e-6 * (1 + std::abs(expected)));
  }
}

TEST(Block, IsEquivariantToTheOrderOfTokens) {
  const torch::NoGradGuard no_gradient;
  auto block = prepared<Block>(kSmall, at::kDouble);
  const at::Tensor x = drawn({2, 5, 12}, 3, at::kDouble);
  const EdgeBias edge = drawn_edges(2, 3, {}, 4, at::kDouble);
  const at::Tensor order = at::tensor({3, 0, 4, 1, 2}, at::kLong);
  EdgeBias reordered = edge;
  reordered.features = edge.features.view({2, kEdgeFeatures, 5, 5})
                           .index_select(2, order)
                           .index_select(3, order)
                           .flatten(2);
  const at::Tensor permuted = block->forward(x.index_select(1, order), {reordered});
  const at::Tensor expected = block->forward(x, {edge}).index_select(1, order);
  EXPECT_LT((permuted - expected).abs().max().item<double>(), 1e-12);
}

TEST(Block, ChoosesTheGelu) {
  const torch::NoGradGuard no_gradient;
  TransformerConfig approximate = kSmall;
  approximate.exact_gelu = false;
  const at::Tensor x = drawn({1, 4, 12}, 3);
  const double difference =
      (prepared<Block>(kSmall)->forward(x, {}) - prepared<Block>(approximate)->forward(x, {}))
          .abs()
          .max()
          .item<double>();
  EXPECT_GT(difference, 1e-6);
  EXPECT_LT(difference, 1e-2);
}

TEST(Transformer, RefusesAWidthTheHeadsDoNotDivide) {
  EXPECT_THROW(Attention(TransformerConfig{.width = 10, .layers = 1, .heads = 3}), Error);
}

TEST(Transformer, IsInitialisedFromItsSeedAlone) {
  Block a(kSmall), b(kSmall), c(kSmall);
  initialise_transformer(*a, 5);
  initialise_transformer(*b, 5);
  initialise_transformer(*c, 6);
  const auto weight = [](Block& block) { return block->named_parameters()["mlp.0.weight"]; };
  EXPECT_TRUE(at::equal(weight(a), weight(b)));
  EXPECT_FALSE(at::equal(weight(a), weight(c)));
  EXPECT_NEAR(weight(a).std().item<double>(), 0.02, 0.002);
  EXPECT_EQ(a->named_parameters()["mlp.0.bias"].abs().max().item<double>(), 0);
}

}  // namespace
}  // namespace saltus
