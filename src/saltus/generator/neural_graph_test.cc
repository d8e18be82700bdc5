#include "saltus/generator/neural_graph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "saltus/network/architecture.h"

namespace saltus {
namespace {

TEST(NeuralGraph, CoversEveryParameterOnce) {
  for (const MlpConfig& config : {cartpole_actor(), mnist_mlp()}) {
    const auto architecture = make_mlp(config);
    const NeuralGraph graph(architecture->layout(), architecture->symmetry());
    std::vector<int64_t> sorted = graph.gather;
    std::sort(sorted.begin(), sorted.end());
    std::vector<int64_t> all(static_cast<size_t>(architecture->layout().parameters()));
    std::iota(all.begin(), all.end(), 0);
    EXPECT_EQ(sorted, all);
    for (size_t i = 0; i < all.size(); ++i) {
      EXPECT_EQ(graph.gather[static_cast<size_t>(graph.scatter[i])], static_cast<int64_t>(i));
    }
  }
}

TEST(NeuralGraph, GivesTheActorAUnitTokenForEachHiddenUnit) {
  const auto actor = make_mlp(cartpole_actor());
  const NeuralGraph graph(actor->layout(), actor->symmetry());
  ASSERT_EQ(graph.groups.size(), 2u);
  EXPECT_EQ(graph.groups[0].features, 5);  // four inputs and a bias
  EXPECT_EQ(graph.groups[1].features, 2);  // a bias and the weight to the only output
  ASSERT_EQ(graph.edges.size(), 1u);
  EXPECT_EQ(graph.edges[0].to, 1u);
  EXPECT_EQ(graph.edges[0].from, 0u);
  EXPECT_EQ(graph.global_features, 2);  // log_std and the output bias
  EXPECT_EQ(graph.tokens, 65);
}

// A convolution between two hidden layers is an edge with one feature a kernel tap.
TEST(NeuralGraph, TakesConvolutionsAsEdgesWithTaps) {
  const Layout layout({{"conv1.weight", {4, 3, 3, 3}},
                       {"conv2.weight", {5, 4, 3, 3}},
                       {"fc.weight", {2, 5}},
                       {"fc.bias", {2}}});
  const Symmetry symmetry(layout, {{"conv1", 4, {{0, 0}, {1, 1}}}, {"conv2", 5, {{1, 0}, {2, 1}}}});
  const NeuralGraph graph(layout, symmetry);
  EXPECT_EQ(graph.groups[0].features, 27);
  EXPECT_EQ(graph.groups[1].features, 2);
  ASSERT_EQ(graph.edges.size(), 1u);
  EXPECT_EQ(graph.edges[0].features, 9);
  EXPECT_EQ(graph.global_features, 2);
  // Feature f of edge (to, from) is tap f of conv2.weight[to][from].
  const int64_t to = 3, from = 1, tap = 7;
  EXPECT_EQ(graph.gather[static_cast<size_t>(graph.edges[0].offset + (tap * 5 + to) * 4 + from)],
            layout.at("conv2.weight").offset + (to * 4 + from) * 9 + tap);
}

// Without symmetry, rows keep their places: several together where they are short.
TEST(NeuralGraph, CutsTensorsOfNoUnitIntoPieces) {
  const Layout layout(
      {{"a.weight", {30, 4}}, {"a.bias", {30}}, {"b.weight", {7, 30}}, {"b.bias", {7}}});
  const NeuralGraph graph(layout, Symmetry());
  ASSERT_EQ(graph.groups.size(), 4u);
  const auto expect = [&](size_t g, int64_t units, int64_t features, int64_t offset) {
    EXPECT_TRUE(graph.groups[g].pieces);
    EXPECT_EQ(graph.groups[g].units, units) << g;
    EXPECT_EQ(graph.groups[g].features, features) << g;
    EXPECT_EQ(graph.groups[g].offset, offset) << g;
  };
  expect(0, 7, 16, 0);  // four rows of 4 numbers, and what is left over
  expect(1, 1, 8, 112);
  expect(2, 1, 30, 120);
  expect(3, 7, 30, 150);
  EXPECT_EQ(graph.global_offset, 360);
  EXPECT_EQ(graph.global_features, 7);  // too few for a piece
  EXPECT_EQ(graph.tokens, 7 + 1 + 1 + 7 + 1);
  for (size_t i = 0; i < graph.gather.size(); ++i) {
    EXPECT_EQ(graph.gather[i], static_cast<int64_t>(i));  // in their order
  }
}

// A network however large has a few hundred tokens.
TEST(NeuralGraph, PiecesOfALargeTensorAreLong) {
  const Layout layout({{"a.weight", {3000, 700}}, {"b.weight", {2, 90000}}});
  const NeuralGraph graph(layout, Symmetry());
  EXPECT_LE(graph.tokens, 300);
  EXPECT_GE(graph.tokens, 200);
}

}  // namespace
}  // namespace saltus
