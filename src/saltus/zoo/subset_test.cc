#include "saltus/zoo/subset.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>

#include "saltus/base/error.h"
#include "saltus/zoo/verify.h"
#include "tests/support/small_zoo.h"
#include "tests/support/temporary.h"

namespace saltus {
namespace {

using testing::message_of;
using testing::TemporaryFolder;

TEST(SubsetZoo, HoldsTheFirstRunsAsTheyStand) {
  const TemporaryFolder whole, part;
  testing::write_small_zoo(whole.path(), 100, 8, testing::small_description(Dtype::F16));
  const Zoo zoo(whole.path());
  subset_zoo(zoo, 70, part.path(), {});
  const Zoo subset(part.path());
  EXPECT_TRUE(subset.complete());
  EXPECT_EQ(subset.runs(), 70);
  EXPECT_EQ(subset.description().made_by["subset"]["of"], hash_text(zoo.hash()));
  EXPECT_TRUE(verify_zoo(part.path(), {}).empty());
  std::vector<float> a(static_cast<size_t>(zoo.parameters())), b = a;
  for (const int64_t r : {0, 33, 69}) {
    zoo.read(r, 4, a);
    subset.read(r, 4, b);
    EXPECT_EQ(a, b);
    EXPECT_TRUE(std::ranges::equal(zoo.metrics(r), subset.metrics(r)));
    EXPECT_TRUE(std::ranges::equal(zoo.iterations(r), subset.iterations(r)));
  }
}

TEST(SubsetZoo, CountsDroppedRunsByTheirIds) {
  const TemporaryFolder whole, part;
  const ZooDescription d = testing::small_description();
  {
    ZooWriter writer(whole.path(), d, 20, 8, 40);
    for (int64_t id = 40; id < 60; ++id) {
      saltus::Run run = testing::small_run(id, d);
      if (id % 5 == 0) run.metrics[0] = NAN;
      writer.append(run);
    }
    writer.finish();
  }
  subset_zoo(Zoo(whole.path()), 11, part.path(), {});
  const Zoo subset(part.path());
  EXPECT_EQ(subset.runs(), 8);
  EXPECT_EQ(subset.dropped(), 3);
  EXPECT_EQ(subset.run_id(0), 41);
  EXPECT_EQ(subset.run_id(7), 49);
}

TEST(SubsetZoo, StopsAndGoesOn) {
  const TemporaryFolder whole, part;
  testing::write_small_zoo(whole.path(), 100);
  const std::atomic<bool> stop = true;
  Job job;
  job.stop = &stop;
  subset_zoo(Zoo(whole.path()), 90, part.path(), job);
  EXPECT_FALSE(Zoo(part.path()).complete());
  subset_zoo(Zoo(whole.path()), 90, part.path(), {});
  EXPECT_EQ(Zoo(part.path()).runs(), 90);
}

TEST(SubsetZoo, RefusesMoreThanThereAre) {
  const TemporaryFolder whole, part;
  testing::write_small_zoo(whole.path(), 10);
  const auto message =
      message_of<Error>([&] { subset_zoo(Zoo(whole.path()), 11, part.path(), {}); });
  EXPECT_NE(message.find("expected 1 to 10 runs"), std::string::npos) << message;
  const TemporaryFolder begun;
  {
    const ZooDescription d = testing::small_description();
    ZooWriter writer(begun.path(), d, 10, 8);
    for (int64_t id = 0; id < 8; ++id) writer.append(testing::small_run(id, d));
  }
  const auto incomplete =
      message_of<Error>([&] { subset_zoo(Zoo(begun.path()), 5, part.path(), {}); });
  EXPECT_NE(incomplete.find("expected a complete zoo"), std::string::npos) << incomplete;
}

}  // namespace
}  // namespace saltus
