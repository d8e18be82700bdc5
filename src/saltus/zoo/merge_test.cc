#include "saltus/zoo/merge.h"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>

#include "saltus/base/error.h"
#include "saltus/base/file.h"
#include "saltus/zoo/verify.h"
#include "tests/support/small_zoo.h"
#include "tests/support/temporary.h"

namespace saltus {
namespace {

using testing::message_of;
using testing::TemporaryFolder;

constexpr int64_t kRunsPerShard = 8;

// Runs [first, first + runs) of the zoo that write_small_zoo writes, as a zoo of its own.
fs::path write_part(const fs::path& folder, int64_t first, int64_t runs,
                    const ZooDescription& d = testing::small_description()) {
  ZooWriter writer(folder, d, runs, kRunsPerShard, first);
  for (int64_t id = first; id < first + runs; ++id) writer.append(testing::small_run(id, d));
  writer.finish();
  return folder;
}

class MergeZoos : public ::testing::Test {
 protected:
  std::string refusal(const std::vector<fs::path>& parts) const {
    return message_of<Error>([&] { merge_zoos(parts, root_.path() / "refused", {}); });
  }

  TemporaryFolder root_;
  fs::path a_ = write_part(root_.path() / "a", 0, 16);
  fs::path b_ = write_part(root_.path() / "b", 16, 8);
  fs::path c_ = write_part(root_.path() / "c", 24, 11);
  fs::path merged_ = root_.path() / "merged";
};

TEST_F(MergeZoos, IsTheZooBuiltAtOnceByteForByte) {
  merge_zoos({c_, a_, b_}, merged_, {});
  const fs::path whole = root_.path() / "whole";
  testing::write_small_zoo(whole, 35, kRunsPerShard);
  EXPECT_EQ(read_file(merged_ / "zoo.json"), read_file(whole / "zoo.json"));
  EXPECT_TRUE(verify_zoo(merged_, {}).empty());
  EXPECT_EQ(Zoo(merged_).hash(), Zoo(whole).hash());
  EXPECT_EQ(Zoo(merged_).runs(), 35);
}

TEST_F(MergeZoos, GoesOnWhereItWasStoppedAndIsDoneOnce) {
  std::atomic<bool> stop = false;
  Job job;
  job.stop = &stop;
  job.progress = [&](const Progress& progress) { stop = progress.done == 2; };
  merge_zoos({a_, b_, c_}, merged_, job);
  EXPECT_FALSE(fs::exists(merged_ / "zoo.json"));
  merge_zoos({a_, b_, c_}, merged_, {});
  EXPECT_TRUE(verify_zoo(merged_, {}).empty());
  merge_zoos({a_, b_, c_}, merged_, {});  // nothing to do
  EXPECT_EQ(Zoo(merged_).runs(), 35);
}

TEST_F(MergeZoos, NamesThePartThatDoesNotFit) {
  EXPECT_NE(refusal({a_, c_}).find("expected runs from 16 on"), std::string::npos)
      << refusal({a_, c_});
  EXPECT_NE(refusal({a_, b_, b_}).find("name each part once"), std::string::npos);
  ZooDescription other = testing::small_description();
  other.made_by["config"]["seed"] = 2;
  const fs::path foreign = write_part(root_.path() / "foreign", 16, 8, other);
  EXPECT_NE(refusal({a_, foreign}).find("made_by.config.seed: expected 1, found 2"),
            std::string::npos)
      << refusal({a_, foreign});
  const fs::path odd = write_part(root_.path() / "odd", 35, 3);
  EXPECT_NE(refusal({a_, b_, c_, odd}).find("only the last part may be odd"), std::string::npos);
  EXPECT_FALSE(fs::exists(root_.path() / "refused"));
}

TEST_F(MergeZoos, MissesTheFirstAndTheLastPart) {
  ZooDescription d = testing::small_description();
  d.made_by["configuration"]["population"] = {{"runs", 24}, {"first_run", 0}};
  std::vector<fs::path> parts;
  for (int64_t first = 0; first < 24; first += 8) {
    parts.push_back(write_part(root_.path() / fmt::format("whole-{}", first), first, 8, d));
  }
  EXPECT_NE(refusal({parts[0], parts[1]}).find("runs 0 to 23, found 0 to 15"), std::string::npos);
  EXPECT_NE(refusal({parts[1], parts[2]}).find("runs 0 to 23, found 8 to 23"), std::string::npos);
  merge_zoos(parts, merged_, {});
  EXPECT_EQ(Zoo(merged_).runs(), 24);
}

TEST_F(MergeZoos, RefusesAnIncompleteOrDamagedPart) {
  const fs::path begun = root_.path() / "begun";
  {
    const ZooDescription d = testing::small_description();
    ZooWriter writer(begun, d, 16, kRunsPerShard, 35);
    for (int64_t id = 35; id < 43; ++id) writer.append(testing::small_run(id, d));
  }
  EXPECT_NE(refusal({a_, begun}).find("found 1 of 2 shards"), std::string::npos)
      << refusal({a_, begun});
  fs::resize_file(b_ / "shards/00000.safetensors", 100);
  EXPECT_NE(refusal({a_, b_}).find("found 100"), std::string::npos) << refusal({a_, b_});
}

TEST_F(MergeZoos, LeavesOtherFoldersAlone) {
  fs::create_directories(merged_);
  std::ofstream(merged_ / "notes.txt") << "mine";
  const auto full = message_of<Error>([&] { merge_zoos({a_, b_}, merged_, {}); });
  EXPECT_NE(full.find("found notes.txt"), std::string::npos) << full;
  const auto another = message_of<Error>([&] { merge_zoos({b_, c_}, a_, {}); });
  EXPECT_NE(another.find("the folder holds another zoo"), std::string::npos) << another;
}

}  // namespace
}  // namespace saltus
