#include "saltus/training/loss.h"

#include <gtest/gtest.h>

#include "saltus/generator/sampler.h"
#include "saltus/network/return_metric_test.h"
#include "saltus/training/drifting_zoo_test.h"
#include "saltus/training/identity_probes_test.h"
#include "saltus/training/spread.h"

namespace saltus {
namespace {

using testing::make_zoo;
using testing::small_actor;

// A denoiser that predicts what it is told.
class Echo : public Denoiser {
 public:
  explicit Echo(at::Tensor x0) : x0_(std::move(x0)) {}
  int64_t dimension() const override { return x0_.size(1); }
  at::Tensor encode(const at::Tensor& target, const at::Tensor& start) const override {
    return target - start;
  }
  at::Tensor decode(const at::Tensor& x0, const at::Tensor& start) const override {
    return start + x0;
  }
  at::Tensor predict(const at::Tensor&, const at::Tensor&, const Conditions&) override {
    return x0_;
  }

 private:
  at::Tensor x0_;
};

// `config.size` rows of one pair, some of them from fresh starts of metric 7 instead.
Batch batch_of(const Zoo& zoo, BatchConfig config) {
  config.dimension = zoo.parameters();
  const MeasuredNetworks fresh{at::randn({3, zoo.parameters()}), at::full({3, 1}, 7.0)};
  const std::vector<Pair> pairs(static_cast<size_t>(config.size),
                                {.run = 3, .start = 0, .target = 4});
  RandomStream random(1, "test.batch");
  return make_batch(config, zoo, pairs, identity_probes(), fresh, random);
}

TEST(Loss, ComparesPairedRowsAlone) {
  const Zoo zoo(make_zoo("zoo_loss"));
  const auto architecture = make_mlp(small_actor());
  const Batch batch = batch_of(zoo, {.size = 4, .probes = 5, .unpaired = 2});
  at::Tensor x0 = batch.target - batch.start;
  x0.narrow(0, 0, 2) += 100;  // unpaired: no target says this is wrong
  Echo echo(x0);
  const Loss loss = diffusion_loss({.function_loss = 1, .squash = true}, echo, *architecture, {},
                                   batch, at::linspace(0.9999, 0.0001, 1000));
  EXPECT_EQ(loss.weights.item<double>(), 0);
  EXPECT_NEAR(loss.function.item<double>(), 0, 1e-9);
}

// All rows' networks against the targets, at weight 3.
TEST(Loss, ComparesAllRowsAsAPopulation) {
  const Zoo zoo(make_zoo("zoo_spread"));
  const auto architecture = make_mlp(small_actor());
  const MeasuredNetworks fresh{at::randn({3, zoo.parameters()}), at::zeros({3, 1})};
  const std::vector<Pair> pairs = {{.run = 3, .start = 0, .target = 4},
                                   {.run = 2, .start = 0, .target = 3},
                                   {.run = 3, .start = 1, .target = 2},
                                   {.run = 1, .start = 0, .target = 4}};
  RandomStream random(1, "test.batch");
  const Batch batch =
      make_batch({.size = 4, .dimension = zoo.parameters(), .probes = 5, .unpaired = 2}, zoo, pairs,
                 identity_probes(), fresh, random);
  Echo echo(0.1 * at::randn({4, zoo.parameters()}));
  const PromptedMetric metric = {zoo.description().metrics[0]};
  const auto loss_with = [&](const LossConfig& config) {
    return diffusion_loss(config, echo, *architecture, {metric}, batch,
                          at::linspace(0.9999, 0.0001, 1000));
  };
  const Loss loss = loss_with({.spread_loss = 3, .squash = true});
  const auto features = [&](const at::Tensor& theta, const at::Tensor& prompts) {
    return spread_features(architecture->respond(theta, batch.probe_inputs).output.tanh(), {},
                           {metric.metric}, prompts);
  };
  const at::Tensor theta = batch.start + echo.predict({}, {}, {});
  const at::Tensor expected = energy_distance(
      features(theta, batch.target_metric),
      features(batch.target.narrow(0, 2, 2), batch.target_metric.narrow(0, 2, 2)), 2);
  EXPECT_NEAR(loss.spread.item<double>(), expected.item<double>(), 1e-6);
  EXPECT_NEAR((loss.total - loss.weights).item<double>(), 3 * loss.spread.item<double>(), 1e-5);
  EXPECT_FALSE(loss.function.defined());
  const Loss both = loss_with({.function_loss = 1, .spread_loss = 3, .squash = true});
  EXPECT_NEAR(both.function.item<double>(),
              loss_with({.function_loss = 1, .squash = true}).function.item<double>(), 1e-6);
  EXPECT_FALSE(loss_with({.function_loss = 1, .squash = true}).spread.defined());
}

// Predicts a mixture of what it is shown, and remembers the last of it.
class Mixer : public Echo {
 public:
  Mixer() : Echo({}) {}
  at::Tensor predict(const at::Tensor& noised, const at::Tensor& start,
                     const Conditions& conditions) override {
    shown = noised.clone();
    from = start.clone();
    from_metric = conditions.start_metric.clone();
    timestep = conditions.timestep.clone();
    return 0.3 * noised + 0.1 * start;
  }
  at::Tensor shown, from, from_metric, timestep;
};

TEST(Loss, FreshStartsComeToTheirTimestepAsAnUpdateWould) {
  const Zoo zoo(make_zoo("zoo_own_work"));
  const auto architecture = make_mlp(small_actor());
  Batch batch = batch_of(zoo, {.size = 3, .unpaired = 2});
  batch.passed = {999, 500};
  batch.timestep.narrow(0, 0, 2).fill_(100);
  const DiffusionProcess all(linear_betas(), respaced_steps(""));
  const at::Tensor alphas = at::tensor(all.alphas_cumprod, at::kDouble).to(at::kFloat);
  Mixer mixer;
  diffusion_loss({}, mixer, *architecture, {}, batch, alphas);

  const at::Tensor start = batch.start.narrow(0, 0, 2);
  at::Tensor expected;
  sample_ddim(
      DiffusionProcess(linear_betas(), {100, 500, 999}),
      [&](const at::Tensor& x, int64_t t) {
        if (t == 100) expected = x.clone();
        return 0.3 * x + 0.1 * start;
      },
      [&](int64_t) { return batch.noise.narrow(0, 0, 2); }, 0);
  EXPECT_EQ(mixer.timestep[1].item<int64_t>(), 100);
  EXPECT_TRUE(at::allclose(mixer.shown.narrow(0, 0, 2), expected, 1e-4, 1e-5));
}

TEST(Loss, SomeFreshStartsAreUpdatedBeforehand) {
  const Zoo zoo(make_zoo("zoo_updated"));
  const auto architecture = make_mlp(small_actor());
  const Batch batch = batch_of(zoo, {.size = 4, .unpaired = 2, .updated = 1});
  const PromptedMetric sum = {zoo.description().metrics[0],
                              [](const at::Tensor& theta, RandomStream&) { return theta.sum(1); }};
  Mixer mixer;
  const Loss loss = diffusion_loss({.metric_loss = 1}, mixer, *architecture, {sum}, batch,
                                   at::linspace(0.9999, 0.0001, 1000));
  // decode adds the start to what was predicted from another row's noise.
  const at::Tensor updated = 1.1 * batch.start[0] + 0.3 * batch.noise[3];
  EXPECT_TRUE(at::allclose(mixer.from[0], updated, 1e-5, 1e-6));
  EXPECT_NEAR(mixer.from_metric[0].item<double>(), updated.sum().item<double>(), 1e-4);
  EXPECT_TRUE(at::equal(mixer.from.narrow(0, 1, 3), batch.start.narrow(0, 1, 3)));
  EXPECT_TRUE(at::equal(mixer.from_metric.narrow(0, 1, 3), batch.start_metric.narrow(0, 1, 3)));
  EXPECT_EQ(batch.start_metric[0].item<double>(), 7);  // the batch itself stays
}

TEST(Loss, HoldsUpdatedNetworksWhereTheyAre) {
  const Zoo zoo(make_zoo("zoo_stay"));
  const auto architecture = make_mlp(small_actor());
  const Batch batch = batch_of(zoo, {.size = 4, .unpaired = 2, .updated = 1});
  const at::Tensor alphas = at::linspace(0.9999, 0.0001, 1000);
  Mixer mixer;
  const Loss without = diffusion_loss({}, mixer, *architecture, {}, batch, alphas);
  EXPECT_FALSE(without.stay.defined());
  const Loss loss = diffusion_loss({.stay_loss = 2}, mixer, *architecture, {}, batch, alphas);
  const at::Tensor predicted = 0.3 * mixer.shown[0] + 0.1 * mixer.from[0];  // of no move
  const double expected = predicted.square().mean().item<double>();
  EXPECT_NEAR(loss.stay.item<double>(), expected, 1e-4 * expected);
  EXPECT_NEAR((loss.total - without.total).item<double>(), 2 * expected, 1e-3 * expected);
}

}  // namespace
}  // namespace saltus
