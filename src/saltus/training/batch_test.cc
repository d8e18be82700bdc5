#include "saltus/training/batch.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <map>

#include "saltus/training/drifting_zoo_test.h"
#include "saltus/training/identity_probes_test.h"

namespace saltus {
namespace {

using testing::make_zoo;
using testing::small_actor;

TEST(Batch, PermutesStartAndTargetAlike) {
  const Zoo zoo(make_zoo("zoo_permute"));
  const PairSampler pairs(zoo, zoo.runs_of(Split::train), 0, {});
  const Probes probes = identity_probes();
  const auto draw = [&](bool permute) {
    return make_batch({.size = 1, .dimension = 1, .permute = permute}, zoo,
                      {{.run = 3, .start = 0, .target = 4}}, probes, {},
                      *std::make_unique<RandomStream>(1, "test.batch"));
  };
  const Batch plain = draw(false), permuted = draw(true);
  EXPECT_FALSE(plain.start.equal(permuted.start));
  const at::Tensor inputs = at::randn({10, 4});
  const auto architecture = make_mlp(small_actor());
  for (const auto& [a, b] :
       {std::pair(plain.start, permuted.start), std::pair(plain.target, permuted.target)}) {
    EXPECT_TRUE(at::allclose(architecture->respond(a, inputs).output,
                             architecture->respond(b, inputs).output, 1e-4, 1e-5));
  }
  // Alike: the delta keeps its size.
  EXPECT_NEAR((plain.target - plain.start).norm().item<double>(),
              (permuted.target - permuted.start).norm().item<double>(), 1e-4);
}

TEST(Batch, MirrorsHalfOfThePairs) {
  const Zoo zoo(make_zoo("zoo_mirror"));
  Probes probes = identity_probes();
  probes.mirror = -at::ones({zoo.parameters()});
  const std::vector<Pair> pairs(64, {.run = 3, .start = 0, .target = 4});
  RandomStream random(1, "test.batch");
  const Batch batch =
      make_batch({.size = 64, .dimension = 1, .mirror = true}, zoo, pairs, probes, {}, random);
  at::Tensor start = at::empty({zoo.parameters()});
  zoo.read(3, 0, {start.data_ptr<float>(), static_cast<size_t>(start.numel())});
  int64_t mirrored = 0;
  for (int64_t i = 0; i < 64; ++i) {
    const bool flipped = batch.start[i].equal(-start);
    EXPECT_TRUE(flipped || batch.start[i].equal(start));
    mirrored += flipped ? 1 : 0;
  }
  EXPECT_GT(mirrored, 16);
  EXPECT_LT(mirrored, 48);
}

TEST(Batch, StartsOutsideTheZooHaveAPromptAndNoTarget) {
  const Zoo zoo(make_zoo("zoo_fresh"));
  const MeasuredNetworks fresh{at::randn({3, zoo.parameters()}), at::full({3, 1}, 7.0f)};
  const std::vector<Pair> pairs(6, {.run = 3, .start = 0, .target = 4});
  RandomStream random(1, "test.batch");
  const Batch batch = make_batch({.size = 6, .dimension = 1, .unpaired = 2}, zoo, pairs,
                                 identity_probes(), fresh, random);
  ASSERT_EQ(batch.unpaired, 2);
  for (int64_t i = 0; i < 6; ++i) {
    const bool from_pool = (fresh.theta == batch.start[i]).all(1).any().item<bool>();
    EXPECT_EQ(from_pool, i < 2) << i;
    EXPECT_EQ(batch.start_metric[i].item<double>(), i < 2 ? 7 : 0) << i;
    EXPECT_EQ(batch.target_metric[i].item<double>(), 400) << i;
  }
  EXPECT_TRUE((batch.timestep.narrow(0, 0, 2) == 999).all().item<bool>());
}

TEST(Batch, HalfOfThePromptsOfSeveralMetricsAreForOneAlone) {
  const Zoo zoo(make_zoo("zoo_two_metrics"));
  RandomStream random(2, "test.batch");
  const std::vector<Pair> pairs(400, {.run = 3, .start = 0, .target = 4});
  const Batch batch = make_batch({.size = 400, .dimension = 1, .metrics = {0, 0}}, zoo, pairs,
                                 identity_probes(), {}, random);
  const at::Tensor left_out = batch.target_metric.isnan();
  EXPECT_FALSE(batch.start_metric.isnan().any().item<bool>());
  EXPECT_EQ(left_out.all(1).sum().item<int64_t>(), 0);
  EXPECT_NEAR(left_out.any(1).sum().item<double>(), 200, 40);
  EXPECT_NEAR(left_out.select(1, 0).sum().item<double>(), 100, 35);
  EXPECT_NEAR(left_out.select(1, 1).sum().item<double>(), 100, 35);
}

TEST(Batch, FreshStartsAreAtAnyStepOfTheirSampler) {
  const Zoo zoo(make_zoo("zoo_any_step"));
  const MeasuredNetworks fresh{at::randn({3, zoo.parameters()}), at::zeros({3, 1})};
  const std::vector<Pair> pairs(2, {.run = 3, .start = 0, .target = 4});
  std::map<int64_t, size_t> passed;
  for (uint64_t i = 0; i < 40; ++i) {
    RandomStream random(i, "test.batch");
    const Batch batch =
        make_batch({.size = 2, .dimension = 1, .unpaired = 1, .sampled = {999, 500, 100}}, zoo,
                   pairs, identity_probes(), fresh, random);
    passed[batch.timestep[0].item<int64_t>()] = batch.passed.size();
  }
  EXPECT_EQ(passed, (std::map<int64_t, size_t>{{999, 0}, {500, 1}, {100, 2}}));
}

}  // namespace
}  // namespace saltus
