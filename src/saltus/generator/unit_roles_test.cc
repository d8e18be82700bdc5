#include "saltus/generator/unit_roles.h"

#include <gtest/gtest.h>

namespace saltus {
namespace {

UnitRoles drawn_roles(int64_t units) {
  UnitRoles roles(units, 6, 8, 1);
  const torch::NoGradGuard no_grad;
  for (at::Tensor& p : roles->parameters()) p.normal_();
  return roles;
}

TEST(UnitRoles, EveryUnitTakesOne) {
  torch::manual_seed(1);
  const at::Tensor taken = drawn_roles(7)->assign(at::randn({5, 7, 6}));
  const at::Tensor sorted = std::get<0>(taken.sort(1));
  EXPECT_TRUE(at::equal(sorted, at::arange(7).expand({5, 7})));
  EXPECT_FALSE(at::equal(taken[0], taken[1]));
}

TEST(UnitRoles, FollowTheUnits) {
  torch::manual_seed(2);
  const torch::NoGradGuard no_grad;
  UnitRoles roles = drawn_roles(5);
  const at::Tensor tokens = at::randn({3, 5, 8}), start = at::randn({3, 5, 6});
  const at::Tensor order = at::tensor({3, 1, 4, 0, 2});
  const at::Tensor found = roles->forward(tokens, start);
  const at::Tensor permuted =
      roles->forward(tokens.index_select(1, order), start.index_select(1, order));
  EXPECT_TRUE(at::equal(permuted, found.index_select(1, order)));
  EXPECT_GT((found - tokens).select(1, 0).sub((found - tokens).select(1, 1)).norm().item<double>(),
            1);
}

TEST(UnitRoles, UnitsLikeAKeyTakeItsRole) {
  UnitRoles roles = drawn_roles(6);
  const at::Tensor key = roles->named_buffers()["key"];
  const at::Tensor order = at::tensor({5, 2, 0, 1, 4, 3});
  const at::Tensor start = (3 * key / key.norm(2, 1, true)).index_select(0, order).unsqueeze(0);
  EXPECT_TRUE(at::equal(roles->assign(start)[0], order));
}

TEST(UnitRoles, ABrokenNetworkHarmsNoOther) {
  torch::manual_seed(3);
  UnitRoles roles = drawn_roles(4);
  at::Tensor start = at::randn({2, 4, 6});
  const at::Tensor sound = roles->assign(start);
  start[0].fill_(NAN);
  const at::Tensor found = roles->assign(start);
  EXPECT_TRUE(at::equal(found[1], sound[1]));
  EXPECT_TRUE(at::equal(std::get<0>(found[0].sort()), at::arange(4)));
}

}  // namespace
}  // namespace saltus
