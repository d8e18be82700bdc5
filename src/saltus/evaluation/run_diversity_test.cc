#include "saltus/evaluation/run_diversity.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>

#include "saltus/evaluation/fake_world_test.h"
#include "tests/support/temporary.h"

namespace saltus {
namespace {

// Three lots of two runs. Runs of a lot are one network, its hidden units in another order; those
// of other lots are drawn anew.
void write_lots(const std::filesystem::path& folder) {
  const auto architecture = fake::architecture();
  ZooDescription description;
  description.task = "fake";
  description.architecture = architecture->to_json();
  description.layout = architecture->layout();
  description.symmetry = architecture->symmetry();
  description.metrics = {fake::metric()};
  description.checkpoints = 1;
  ZooWriter writer(folder, description, 6, 6);
  const std::vector<int64_t> swapped = architecture->symmetry().gather_index(
      architecture->layout(), {{1, 0, 2, 3, 4, 5}, {4, 3, 2, 1, 0}});
  RandomStream random(1, "test.lots");
  std::vector<float> theta(static_cast<size_t>(architecture->layout().parameters()));
  for (int64_t run = 0; run < 6; ++run) {
    if (run % 2 == 0) {
      random.fill_normal(theta);
    } else {
      std::vector<float> permuted;
      for (const int64_t i : swapped) permuted.push_back(theta[static_cast<size_t>(i)]);
      theta = permuted;
    }
    const auto metric = static_cast<float>(run);
    writer.append({.id = run, .parameters = theta, .metrics = {metric}, .iteration = {9}});
  }
  writer.finish();
}

TEST(RunDiversity, TellsPairsOfOneLotApart) {
  const testing::TemporaryFolder folder;
  write_lots(folder.path());
  const Json found = run_diversity(Zoo(folder.path()), 6, 2, {});
  EXPECT_EQ(found["runs"], 6);
  EXPECT_NEAR(found["metrics"]["return"]["mean"].get<double>(), 2.5, 1e-12);
  EXPECT_NEAR(found["metrics"]["return"]["std"].get<double>(), std::sqrt(35.0 / 12), 1e-9);
  EXPECT_EQ(found["one_lot"]["pairs"], 3);
  EXPECT_EQ(found["two_lots"]["pairs"], 12);
  EXPECT_EQ(found["one_lot"]["matched"]["p90"], 0);
  EXPECT_GT(found["one_lot"]["raw"]["p10"].get<double>(), 1);
  EXPECT_GT(found["two_lots"]["matched"]["p10"].get<double>(), 1);
  EXPECT_LT(found["two_lots"]["matched"]["median"].get<double>(),
            found["two_lots"]["raw"]["median"].get<double>());
  EXPECT_NE(describe_run_diversity(found).find("two lots, matched"), std::string::npos);
}

TEST(RunDiversity, TakesWholeLotsOrSingleRuns) {
  const testing::TemporaryFolder folder;
  write_lots(folder.path());
  const Zoo zoo(folder.path());
  EXPECT_EQ(run_diversity(zoo, 4, 2, {})["runs"], 4);
  EXPECT_EQ(run_diversity(zoo, 1000, 2, {})["runs"], 6);
  EXPECT_EQ(run_diversity(zoo, 2, 3, {})["runs"], 2);
  const Json single = run_diversity(zoo, 3, 1, {});
  EXPECT_EQ(single["runs"], 3);
  EXPECT_EQ(single["one_lot"]["pairs"], 0);
  EXPECT_EQ(describe_run_diversity(single).find("one lot"), std::string::npos);
}

TEST(RunDiversity, StopsWhenAsked) {
  const testing::TemporaryFolder folder;
  write_lots(folder.path());
  const std::atomic<bool> stop = true;
  Job job;
  job.stop = &stop;
  EXPECT_TRUE(run_diversity(Zoo(folder.path()), 6, 2, job).empty());
}

}  // namespace
}  // namespace saltus
