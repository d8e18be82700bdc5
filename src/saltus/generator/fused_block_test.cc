// The fused block against the same block operation by operation, in value and gradients.
#include "saltus/generator/fused_block.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "saltus/generator/packed_blocks.h"
#include "saltus/generator/precision.h"
#include "saltus/generator/small_products.h"
#include "saltus/generator/transformer.h"

namespace saltus {
namespace {

struct Case {
  const char* name;
  int64_t batch, tokens, width, heads;
  bool edges;
};

class FusedBlock : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    at::set_num_threads(1);
    if (!small_products_pay()) GTEST_SKIP() << "no bfloat16 products on this CPU";
  }
  void TearDown() override { at::set_num_threads(threads_); }

  at::Tensor drawn(at::IntArrayRef sizes) { return at::randn(sizes, random_); }

  at::Generator random_ = at::make_generator<at::CPUGeneratorImpl>(3);
  const int threads_ = at::get_num_threads();
};

double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  return ((a - b).abs().max() / b.abs().max()).item<double>();
}

TEST_P(FusedBlock, EqualsTheBlockOperationByOperation) {
  const Case c = GetParam();
  Block block(TransformerConfig{.width = c.width, .layers = 1, .heads = c.heads});
  {
    const torch::NoGradGuard no_gradient;
    for (at::Tensor& p : block->parameters()) {
      const double spread = p.dim() == 2 ? 1.5 / std::sqrt(static_cast<double>(p.size(1))) : 0.3;
      p.copy_(spread * drawn(p.sizes()));
    }
  }
  const at::Tensor x = drawn({c.batch, c.tokens, c.width}).requires_grad_();
  const at::Tensor slope = drawn({c.batch, c.tokens, c.width});
  std::vector<EdgeBias> edges;
  if (c.edges) {
    const int64_t queries = c.tokens / 2, keys = c.tokens - queries;
    edges = {{drawn({c.heads, 3}).requires_grad_(), drawn({c.batch, 3, queries * keys}), 0, queries,
              queries, keys},
             {drawn({c.heads, 2}).requires_grad_(), drawn({c.batch, 2, queries * keys}), queries,
              keys, 0, queries}};
  }
  std::vector<at::Tensor> inputs = block->parameters();
  inputs.push_back(x);
  for (const EdgeBias& edge : edges) inputs.push_back(edge.weights);
  const auto run = [&] {
    const at::Tensor y = block->forward(x, edges).to(at::kFloat);
    return std::pair{y.detach(), torch::autograd::grad({(y * slope).sum()}, inputs)};
  };
  const auto [expected, gradients] = run();  // float32
  const AutocastGuard autocast(true);
  ASSERT_TRUE(fused_block_fits(x, c.heads));
  const auto [found, fused_gradients] = run();
  // bfloat16 keeps 8 bits.
  EXPECT_LT(largest_difference(found, expected), 0.02);
  EXPECT_GT(largest_difference(found, expected), 1e-6) << "was it the fused block?";
  const auto names = block->named_parameters().keys();
  for (size_t i = 0; i < inputs.size(); ++i) {
    const std::string name = i < names.size() ? names[i] : i == names.size() ? "x" : "edge";
    if (name == "attn.key.bias") {
      // Adding to all keys changes no share: its gradient is rounding alone.
      EXPECT_LT(fused_gradients[i].abs().max().item<double>(),
                0.02 * fused_gradients[i - 1].abs().max().item<double>());
      continue;
    }
    EXPECT_LT(largest_difference(fused_gradients[i], gradients[i]), 0.04) << name;
    const double along = (fused_gradients[i] * gradients[i]).sum().item<double>() /
                         gradients[i].square().sum().item<double>();
    EXPECT_NEAR(along, 1, 0.01) << name;  // errors do not lean one way
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, FusedBlock,
                         ::testing::Values(Case{"Policy", 16, 65, 64, 4, true},
                                           Case{"OddRows", 3, 11, 192, 4, false},
                                           Case{"OneSample", 1, 7, 32, 2, true},
                                           Case{"Wide", 5, 18, 768, 12, false},
                                           Case{"OddHeads", 4, 9, 48, 8, true}),
                         [](const auto& tested) { return tested.param.name; });

TEST_P(FusedBlock, GivesEqualBytesForEqualInput) {
  const Case c = GetParam();
  Block block(TransformerConfig{.width = c.width, .layers = 1, .heads = c.heads});
  const at::Tensor x = drawn({c.batch, c.tokens, c.width});
  const AutocastGuard autocast(true);
  EXPECT_TRUE(at::equal(block->forward(x, {}), block->forward(x, {})));
}

TEST_P(FusedBlock, GivesTheSameBytesWithoutABackwardPass) {
  const Case c = GetParam();
  Block block(TransformerConfig{.width = c.width, .layers = 1, .heads = c.heads});
  const at::Tensor x = drawn({c.batch, c.tokens, c.width});
  std::vector<EdgeBias> edges;
  if (c.edges) edges = {{drawn({c.heads, 3}), drawn({c.batch, 3, 6}), 0, 2, 2, 3}};
  const AutocastGuard autocast(true);
  const at::Tensor with_gradients = block->forward(x, edges).detach();
  const torch::NoGradGuard no_gradients;
  EXPECT_TRUE(at::equal(block->forward(x, edges), with_gradients));
}

TEST_P(FusedBlock, UsesWeightsThatAreShared) {
  const Case c = GetParam();
  Block block(TransformerConfig{.width = c.width, .layers = 1, .heads = c.heads});
  const at::Tensor x = drawn({c.batch, c.tokens, c.width}).requires_grad_();
  const AutocastGuard autocast(true);
  const auto run = [&] {
    const at::Tensor y = block->forward(x, {});
    std::vector<at::Tensor> all = torch::autograd::grad({y.square().sum()}, block->parameters());
    all.push_back(y.detach());
    return all;
  };
  const auto same = [](const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
    return std::ranges::equal(a, b, [](const auto& p, const auto& q) { return at::equal(p, q); });
  };
  const auto before = run();
  PackedBlocks packed(*block);
  Workers workers(2);
  const auto double_weights = [&] {
    const torch::NoGradGuard no_gradient;
    for (at::Tensor& p : block->parameters()) {
      if (p.dim() == 2) p.mul_(2);
    }
  };
  {
    const PackedBlocks::Use use = packed.pack(workers);
    EXPECT_TRUE(same(run(), before));
    double_weights();
    EXPECT_TRUE(same(run(), before)) << "as they were when it began";
  }
  const auto after = run();
  EXPECT_FALSE(same(after, before));
  const PackedBlocks::Use use = packed.pack(workers);
  EXPECT_TRUE(same(run(), after)) << "packed once more";
}

}  // namespace
}  // namespace saltus
