#include "saltus/generator/unit_roles.h"

#include <gtest/gtest.h>

namespace saltus {
namespace {

TEST(Sinkhorn, SumsToOneBothWays) {
  torch::manual_seed(1);
  const at::Tensor found = sinkhorn(at::randn({4, 6, 6}), 0.5, 50);
  EXPECT_TRUE(at::allclose(found.sum(1), at::ones({4, 6}), 1e-3, 1e-3));
  EXPECT_TRUE(at::allclose(found.sum(2), at::ones({4, 6}), 1e-3, 1e-3));
  EXPECT_GT(found.min().item<double>(), 0);
}

TEST(Sinkhorn, ColdItIsTheBestAssignment) {
  // Row 0 and row 1 both like column 0 most; together they do best as 0 -> 1, 1 -> 0.
  const at::Tensor scores =
      at::tensor({3.0f, 2.8f, 0.0f, 3.0f, 1.0f, 0.0f, 0.0f, 0.0f, 1.0f}).view({1, 3, 3});
  const at::Tensor expected =
      at::tensor({0.0f, 1.0f, 0.0f, 1.0f, 0.0f, 0.0f, 0.0f, 0.0f, 1.0f}).view({1, 3, 3});
  EXPECT_TRUE(at::allclose(sinkhorn(scores, 0.05, 200), expected, 1e-2, 1e-2));
}

TEST(UnitRoles, FollowTheUnits) {
  torch::manual_seed(2);
  const torch::NoGradGuard no_grad;
  UnitRoles roles(5, 8);
  for (at::Tensor& p : roles->parameters()) p.normal_();
  const at::Tensor tokens = at::randn({3, 5, 8}), order = at::tensor({3, 1, 4, 0, 2});
  const at::Tensor found = roles->forward(tokens) - tokens;
  const at::Tensor permuted = roles->forward(tokens.index_select(1, order));
  EXPECT_TRUE(at::allclose(permuted, (found + tokens).index_select(1, order), 1e-4, 1e-4));
  // Units of one network play different parts.
  EXPECT_GT((found.select(1, 0) - found.select(1, 1)).norm().item<double>(), 1);
}

TEST(UnitRoles, EqualUnitsShareTheirPart) {
  torch::manual_seed(3);
  const torch::NoGradGuard no_grad;
  UnitRoles roles(4, 8);
  for (at::Tensor& p : roles->parameters()) p.normal_();
  at::Tensor tokens = at::randn({1, 4, 8});
  tokens.select(1, 2).copy_(tokens.select(1, 0));
  const at::Tensor found = roles->forward(tokens);
  EXPECT_TRUE(found.isfinite().all().item<bool>());
  EXPECT_TRUE(at::allclose(found.select(1, 0), found.select(1, 2)));
}

}  // namespace
}  // namespace saltus
