#include "saltus/evaluation/matching.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "saltus/base/random.h"
#include "saltus/network/architecture.h"

namespace saltus {
namespace {

std::vector<int64_t> random_permutation(int64_t n, RandomStream& random) {
  std::vector<int64_t> p(static_cast<size_t>(n));
  std::iota(p.begin(), p.end(), 0);
  for (size_t i = p.size(); i > 1; --i) std::swap(p[i - 1], p[random.below(i)]);
  return p;
}

class UnitMatching : public ::testing::TestWithParam<MlpConfig> {
 protected:
  const std::shared_ptr<const Architecture> architecture_ = make_mlp(GetParam());
  const UnitMatcher matcher_{architecture_->layout(), architecture_->symmetry()};
  RandomStream random_{3, "matching"};

  std::vector<float> draw() {
    std::vector<float> theta(static_cast<size_t>(architecture_->layout().parameters()));
    random_.fill_normal(theta);
    return theta;
  }
  std::vector<float> permuted(const std::vector<float>& theta,
                              const std::vector<std::vector<int64_t>>& permutations) {
    const auto index =
        architecture_->symmetry().gather_index(architecture_->layout(), permutations);
    std::vector<float> out;
    for (const int64_t i : index) out.push_back(theta[static_cast<size_t>(i)]);
    return out;
  }
};

TEST_P(UnitMatching, RecoversARandomPermutationExactly) {
  for (int trial = 0; trial < 5; ++trial) {
    const std::vector<float> theta = draw();
    std::vector<std::vector<int64_t>> permutations;
    for (const UnitGroup& group : architecture_->symmetry().groups()) {
      permutations.push_back(random_permutation(group.units, random_));
    }
    const std::vector<float> shuffled = permuted(theta, permutations);
    const UnitMatch match = matcher_.match(matcher_.canonical(theta), matcher_.canonical(shuffled));
    EXPECT_EQ(match.distance, 0);
    EXPECT_EQ(permuted(shuffled, match.permutations), theta);
  }
}

TEST_P(UnitMatching, DistanceIsThatOfThePermutedNetworkAndNoWorseThanAsItStands) {
  const std::vector<float> a = draw(), b = draw();
  const UnitMatch match = matcher_.match(matcher_.canonical(a), matcher_.canonical(b));
  const auto distance = [&](const std::vector<float>& other) {
    double sum = 0;
    for (size_t i = 0; i < a.size(); ++i) sum += std::pow(a[i] - other[i], 2);
    return std::sqrt(sum);
  };
  EXPECT_NEAR(match.distance, distance(permuted(b, match.permutations)), 1e-5);
  EXPECT_LT(match.distance, distance(b));
  EXPECT_GE(matcher_.quick_distance(matcher_.canonical(a), matcher_.canonical(b)),
            match.distance - 1e-9);
}

INSTANTIATE_TEST_SUITE_P(
    Networks, UnitMatching,
    ::testing::Values(cartpole_actor(),
                      MlpConfig{.sizes = {4, 32, 32, 1}, .layer_names = {"a", "b", "c"}},
                      MlpConfig{.sizes = {3, 10, 2}, .layer_names = {"a", "b"}},
                      MlpConfig{.sizes = {5, 8, 12, 9, 2}, .layer_names = {"a", "b", "c", "d"}}));

}  // namespace
}  // namespace saltus
