#include "saltus/zoo/pairs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "saltus/base/error.h"
#include "saltus/base/safetensors.h"
#include "tests/support/golden.h"
#include "tests/support/small_zoo.h"
#include "tests/support/temporary.h"

namespace saltus {
namespace {

using testing::small_description;
using testing::TemporaryFolder;
using testing::write_small_zoo;

// A zoo whose metric at checkpoint c >= 1 of run r is `value(r, c)`.
template <typename Value>
void write_metrics(const fs::path& folder, int64_t runs, int64_t checkpoints, Value value) {
  const ZooDescription d = small_description(Dtype::BF16, checkpoints);
  ZooWriter writer(folder, d, runs, runs);
  for (int64_t r = 0; r < runs; ++r) {
    saltus::Run run = testing::small_run(r, d);
    for (int64_t c = 0; c < checkpoints; ++c) {
      run.metrics[static_cast<size_t>(c)] = static_cast<float>(value(r, c));
    }
    writer.append(std::move(run));
  }
  writer.finish();
}

std::vector<int64_t> all_runs(const Zoo& zoo) {
  std::vector<int64_t> runs;
  for (int64_t r = 0; r < zoo.runs(); ++r) runs.push_back(r);
  return runs;
}

// |observed - expected| of a frequency stays within five standard errors.
void expect_frequency(int64_t count, int64_t draws, double probability, const std::string& what) {
  const auto n = static_cast<double>(draws);
  const double error = std::sqrt(probability * (1 - probability) / n);
  EXPECT_NEAR(static_cast<double>(count) / n, probability, 5 * error + 1e-12) << what;
}

TEST(Golden, SpacingRuleHasTheReferencesProbabilities) {
  const SafetensorsFile file(testing::golden_path("schedules.safetensors"));
  const int64_t draws = 200'000;
  for (const size_t n : {size_t{5}, size_t{200}}) {
    const TemporaryFolder folder;
    write_small_zoo(folder.path(), 2, 2, small_description(Dtype::BF16, static_cast<int64_t>(n)));
    const Zoo zoo(folder.path());
    const PairSampler sampler(zoo, {0, 1}, 0, {.rule = "spacing"});
    RandomStream random(3, "pairs");
    std::vector<int64_t> start(n), target(n), spacing(n), joint(n * n);
    for (int64_t i = 0; i < draws; ++i) {
      const Pair pair = sampler.draw(random);
      ASSERT_TRUE(pair.start >= 0 && pair.start < pair.target &&
                  pair.target < static_cast<int64_t>(n));
      const auto s = static_cast<size_t>(pair.start), t = static_cast<size_t>(pair.target);
      ++start[s], ++target[t], ++spacing[t - s], ++joint[s * n + t];
    }
    const std::string prefix = fmt::format("pairs.n{}.", n);
    const auto compare = [&](const std::string& name, const std::vector<int64_t>& counts) {
      const auto expected = file.at(prefix + name).as<double>();
      ASSERT_EQ(expected.size(), counts.size());
      for (size_t i = 0; i < counts.size(); ++i) {
        expect_frequency(counts[i], draws, expected[i], fmt::format("{}{} {}", prefix, name, i));
      }
    };
    compare("prob_start", start);
    compare("prob_target", target);
    compare("prob_by_spacing", spacing);
    if (n == 5) compare("probability", joint);
  }
}

TEST(PairSampler, DrawsStartBeforeTargetAndOftenTheFirst) {
  const TemporaryFolder folder;
  write_small_zoo(folder.path(), 20, 20, small_description(Dtype::F32, 9));
  const Zoo zoo(folder.path());
  PairConfig config;
  config.from_first = 0.5;
  const std::vector<int64_t> runs = {3, 7, 11};
  const PairSampler sampler(zoo, runs, 0, config);
  RandomStream random(4, "pairs");
  const int64_t draws = 50'000;
  int64_t first = 0, late = 0;
  for (int64_t i = 0; i < draws; ++i) {
    const Pair pair = sampler.draw(random);
    ASSERT_TRUE(pair.start >= 0 && pair.start < pair.target && pair.target < 9);
    ASSERT_NE(std::ranges::find(runs, pair.run), runs.end());
    if (pair.target == 8) {
      ++late;
      first += pair.start == 0;
    }
  }
  // Half by choice, and an eighth of the other half by chance.
  expect_frequency(first, late, 0.5 + 0.5 / 8, "start 0 for target 8");
}

// 990 of 1,000 targets have return 500, ten have 100: evenly in the metric, they are drawn alike
// but for the floor of 30 that keeps rare bins from being repeated without end.
TEST(PairSampler, FlattensTheMetric) {
  const TemporaryFolder folder;
  write_metrics(folder.path(), 10, 101, [](int64_t, int64_t c) { return c == 50 ? 100.0 : 500.0; });
  const Zoo zoo(folder.path());
  const auto share_of_rare = [&](double flatten) {
    PairConfig config;
    config.flatten = flatten;
    const PairSampler sampler(zoo, all_runs(zoo), 0, config);
    RandomStream random(5, "pairs");
    int64_t rare = 0;
    for (int64_t i = 0; i < 50'000; ++i) rare += sampler.draw(random).target == 50;
    return rare;
  };
  const double flat = (10.0 / 30) / (10.0 / 30 + 1);  // in both coordinates they have two bins
  expect_frequency(share_of_rare(1), 50'000, flat, "flattened");
  expect_frequency(share_of_rare(0), 50'000, 0.01, "uniform");
  expect_frequency(share_of_rare(0.7), 50'000, 0.7 * flat + 0.3 * 0.01, "mixed");
}

// Returns of 470 and 500 share the linear bin's neighbourhood but not the logarithmic one: near the
// best, the logarithmic coordinate must tell 480 from 504.
TEST(PairSampler, SeesDifferencesNearTheBest) {
  const TemporaryFolder folder;
  write_metrics(folder.path(), 10, 101, [](int64_t, int64_t c) { return c <= 10 ? 504.5 : 490.0; });
  const Zoo zoo(folder.path());
  const Metric& metric = zoo.description().metrics[0];
  ASSERT_EQ(static_cast<int>(metric.linear(504.5) * 25), static_cast<int>(metric.linear(490) * 25));
  PairConfig config;
  config.flatten = 1;
  const PairSampler sampler(zoo, all_runs(zoo), 0, config);
  RandomStream random(6, "pairs");
  int64_t near = 0;
  for (int64_t i = 0; i < 50'000; ++i) near += sampler.draw(random).target <= 10;
  expect_frequency(near, 50'000, 0.5 * 0.1 + 0.5 * 0.5, "targets near the best");
}

TEST(PairSampler, AimsAtLateCheckpointsAsOftenAsAsked) {
  const TemporaryFolder folder;
  write_metrics(folder.path(), 10, 81, [](int64_t, int64_t c) { return 5.0 * c; });
  const Zoo zoo(folder.path());
  PairConfig config;
  config.flatten = 0;
  config.late = 0.4;
  const PairSampler sampler(zoo, all_runs(zoo), 0, config);
  RandomStream random(7, "pairs");
  int64_t late = 0;
  for (int64_t i = 0; i < 50'000; ++i) {
    const Pair pair = sampler.draw(random);
    ASSERT_LT(pair.start, pair.target);
    late += pair.target > 70;  // the last 10 of 81
  }
  expect_frequency(late, 50'000, 0.4 + 0.6 * 10 / 80, "late targets");
}

TEST(PairSampler, RefusesWhatCannotGivePairs) {
  const TemporaryFolder folder;
  write_small_zoo(folder.path(), 2, 2, small_description(Dtype::F32, 2));
  const Zoo zoo(folder.path());
  EXPECT_THROW(PairSampler(zoo, {}, 0, {}), Error);
  EXPECT_THROW(PairSampler(zoo, {0}, 0, {.rule = "random"}), Error);
  const TemporaryFolder single;
  ZooDescription d = small_description();
  d.checkpoints = 1;
  ZooWriter writer(single.path(), d, 1, 1);
  saltus::Run run = testing::small_run(0, small_description());
  run.parameters.resize(static_cast<size_t>(d.layout.parameters()));
  run.metrics.resize(1);
  run.iteration.resize(1);
  writer.append(run);
  EXPECT_THROW(PairSampler(Zoo(single.path()), {0}, 0, {}), Error);
}

TEST(PairConfig, DeclaresItsOptions) {
  PairConfig config;
  Options options;
  config.declare(options);
  options.assign("pairs.flatten=0.25");
  EXPECT_EQ(config.flatten, 0.25);
  EXPECT_THROW(options.assign("pairs.rule=uniform"), Error);
}

}  // namespace
}  // namespace saltus
