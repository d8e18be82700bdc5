#include "saltus/base/monotone.h"

#include <gtest/gtest.h>

#include <utility>

namespace saltus {
namespace {

std::vector<std::pair<double, int64_t>> pooled(const std::vector<double>& values) {
  std::vector<std::pair<double, int64_t>> pools;
  for (const Pool& pool : pool_violators(values)) pools.emplace_back(pool.mean, pool.count);
  return pools;
}

using Pools = std::vector<std::pair<double, int64_t>>;

TEST(Monotone, PoolsValuesOutOfOrder) {
  EXPECT_EQ(pooled({1, 3, 2, 5}), (Pools{{1, 1}, {2.5, 2}, {5, 1}}));
  EXPECT_EQ(pooled({3, 2, 1}), (Pools{{2, 3}}));
  EXPECT_EQ(pooled({0, 1, 2}), (Pools{{0, 1}, {1, 1}, {2, 1}}));
  EXPECT_EQ(pooled({}), Pools{});
}

TEST(Monotone, PoolsEqualValues) { EXPECT_EQ(pooled({1, 1, 2}), (Pools{{1, 2}, {2, 1}})); }

}  // namespace
}  // namespace saltus
