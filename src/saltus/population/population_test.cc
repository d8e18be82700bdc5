#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <functional>
#include <map>

#include "saltus/base/error.h"
#include "saltus/base/file.h"
#include "saltus/population/policy_population.h"
#include "saltus/zoo/merge.h"

namespace saltus {
namespace {

// Seven short runs in shards of two.
PopulationConfig small() {
  PopulationConfig config;
  config.runs = 7;
  config.seed = 5;
  config.checkpoints = 4;
  config.runs_per_shard = 2;
  config.ppo.environments = 64;
  config.ppo.iterations = 3;
  return config;
}

class Population : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() / ("saltus-population-" + std::string(test->name()));
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  // Every file of a zoo: path inside -> bytes.
  static std::map<std::string, std::string> contents(const fs::path& zoo) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(zoo)) {
      if (entry.is_regular_file())
        files[fs::relative(entry.path(), zoo).string()] = read_file(entry.path());
    }
    return files;
  }

  fs::path folder_;
};

Job with_threads(int threads) {
  Job job;
  job.threads = threads;
  return job;
}

TEST_F(Population, RunAloneEqualsRunInAZoo) {
  const PopulationConfig config = small();
  build_zoo(config, folder_, with_threads(2));
  const Zoo zoo(folder_);
  ASSERT_TRUE(zoo.complete());
  ASSERT_EQ(zoo.runs(), 7);
  for (const int64_t run : {0, 5}) {
    const saltus::Run alone = train_run(config, run);
    std::vector<float> stored(static_cast<size_t>(zoo.parameters()));
    for (int64_t c = 0; c < 4; ++c) {
      zoo.read(run, c, stored);
      EXPECT_TRUE(std::equal(stored.begin(), stored.end(),
                             alone.parameters.begin() + c * zoo.parameters()));
      EXPECT_EQ(zoo.metric(run, c), alone.metrics[static_cast<size_t>(c)]);
      EXPECT_EQ(zoo.iterations(run)[static_cast<size_t>(c)], c);
    }
  }
}

TEST_F(Population, PartsMergedAreTheZooBuiltAtOnce) {
  const PopulationConfig config = small();
  build_zoo(config, folder_ / "whole", with_threads(2));
  std::vector<fs::path> parts;
  for (int64_t i = 0; i < 3; ++i) {
    parts.push_back(folder_ / fmt::format("part{}", i));
    build_zoo(config, parts.back(), with_threads(1), {.index = i, .count = 3});
  }
  merge_zoos(parts, folder_ / "merged", {});
  EXPECT_EQ(contents(folder_ / "whole"), contents(folder_ / "merged"));
}

TEST(ZooPart, PartsShareTheFilesEvenly) {
  const ZooPlan whole{.runs = 103, .first_run = 40, .runs_per_shard = 10};  // 11 files
  int64_t next = 40;
  for (int64_t i = 0; i < 4; ++i) {
    const ZooPlan plan = plan_of_part(whole, {.index = i, .count = 4});
    EXPECT_EQ(plan.first_run, next);
    EXPECT_GE(plan.runs, 20);
    EXPECT_LE(plan.runs, 30);
    next += plan.runs;
  }
  EXPECT_EQ(next, 143);
  EXPECT_THROW(plan_of_part(whole, {.index = 0, .count = 12}), Error);
}

TEST_F(Population, RangeOfAZooIsBuiltAlone) {
  PopulationConfig config = small();
  config.first_run = 4;
  config.runs = 2;
  build_zoo(config, folder_, with_threads(1));
  const Zoo zoo(folder_);
  ASSERT_EQ(zoo.runs(), 2);
  EXPECT_EQ(zoo.run_id(1), 5);
  EXPECT_EQ(zoo.metric(1, 3), train_run(small(), 5).metrics[3]);
}

TEST_F(Population, StoppedAndContinuedGivesTheSameBytes) {
  const PopulationConfig config = small();
  build_zoo(config, folder_ / "whole", with_threads(2));

  std::atomic<bool> stop = false;
  Job job = with_threads(1);
  job.stop = &stop;
  int64_t last = 0;
  job.progress = [&](const Progress& progress) {
    EXPECT_EQ(progress.total, 7);
    EXPECT_EQ(progress.unit, "runs");
    last = progress.done;
    if (progress.done >= 3) stop = true;
  };
  build_zoo(config, folder_ / "parts", job);
  EXPECT_EQ(last, 3);
  EXPECT_FALSE(Zoo(folder_ / "parts").complete());
  EXPECT_EQ(Zoo(folder_ / "parts").runs(), 2);  // one shard; the third run is done again

  stop = false;
  job.progress = [&](const Progress& progress) { EXPECT_GE(progress.done, 2); };
  build_zoo(config, folder_ / "parts", job);
  EXPECT_EQ(contents(folder_ / "whole"), contents(folder_ / "parts"));
}

TEST_F(Population, RefusesToContinueAnotherZoo) {
  PopulationConfig config = small();
  config.runs = 2;
  build_zoo(config, folder_, with_threads(1));
  config.seed = 6;
  EXPECT_THROW(build_zoo(config, folder_, with_threads(1)), Error);
}

TEST_F(Population, TakesInitialisersInTurn) {
  const PopulationConfig config;
  std::map<std::string, int> count;
  for (int64_t run = 0; run < 160; ++run) ++count[scheme_of_run(config, run)];
  EXPECT_EQ(count["loguniform"], 80);
  EXPECT_EQ(count["kaiming"], 30);
  for (const char* name : {"orthogonal", "pytorch", "normal0.1", "normal0.2", "xavier"}) {
    EXPECT_EQ(count[name], 10) << name;
  }
}

TEST_F(Population, KeepsCheckpointsDenseInTheRise) {
  for (const auto& [last, count] :
       {std::pair<int64_t, int64_t>{100, 48}, {47, 48}, {3, 2}, {1000, 200}}) {
    const std::vector<int64_t> kept = default_checkpoints(last, count);
    ASSERT_EQ(kept.size(), static_cast<size_t>(count));
    EXPECT_EQ(kept.front(), 0);
    EXPECT_EQ(kept.back(), last);
    for (size_t i = 1; i < kept.size(); ++i) EXPECT_LT(kept[i - 1], kept[i]);
  }
  const std::vector<int64_t> kept = default_checkpoints(100, 48);
  EXPECT_EQ(std::count_if(kept.begin(), kept.end(), [](int64_t i) { return i <= 40; }), 36);
}

TEST_F(Population, TrainPolicyGivesTheCurve) {
  PopulationConfig config = small();
  config.checkpoint_iterations = {0, 2, 3};
  const std::vector<float> start = [] {
    const saltus::Run run = train_run(small(), 0);
    return std::vector<float>(run.parameters.begin(), run.parameters.begin() + 1250);
  }();
  int64_t steps = 0;
  const std::vector<PolicyCheckpoint> curve = train_policy(config, start, 1, 0, &steps);
  ASSERT_EQ(curve.size(), 3u);
  EXPECT_EQ(curve[0].parameters, start);
  EXPECT_EQ(curve[1].iteration, 2);
  EXPECT_GT(curve[2].seconds, curve[1].seconds);
  EXPECT_NE(curve[1].parameters, curve[2].parameters);
  EXPECT_GT(steps, 3 * config.ppo.samples());
}

TEST_F(Population, BadConfigurationsAreExplained) {
  const auto message = [](const std::function<void(PopulationConfig&)>& change) {
    PopulationConfig config;
    change(config);
    try {
      config.validate(*make_task("cartpole"));
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  const auto says = [&](const std::string& text,
                        const std::function<void(PopulationConfig&)>& change) {
    const std::string found = message(change);
    EXPECT_NE(found.find(text), std::string::npos) << found;
  };
  says("no error", [](PopulationConfig&) {});
  says("multiple of 64, found 65", [](PopulationConfig& c) { c.episodes = 65; });
  says("did you mean kaiming", [](PopulationConfig& c) { c.initialisers = {"kaimin"}; });
  says("at least one name", [](PopulationConfig& c) { c.initialisers.clear(); });
  says("at most ppo.iterations + 1 = 101, found 102",
       [](PopulationConfig& c) { c.checkpoints = 102; });
  says("found 3 at place 2", [](PopulationConfig& c) { c.checkpoint_iterations = {3, 3}; });
  says("found 101 at place 1", [](PopulationConfig& c) { c.checkpoint_iterations = {101}; });
  says("multiple of 64, found 100", [](PopulationConfig& c) { c.ppo.environments = 100; });
}

}  // namespace
}  // namespace saltus
