#include "saltus/zoo/verify.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "saltus/base/error.h"
#include "saltus/zoo/index.h"
#include "tests/support/small_zoo.h"
#include "tests/support/temporary.h"

namespace saltus {
namespace {

using testing::message_of;
using testing::small_description;
using testing::small_run;
using testing::TemporaryFolder;
using testing::write_small_zoo;

class Verify : public ::testing::Test {
 protected:
  void SetUp() override { write_small_zoo(folder.path(), 40, 16); }

  std::string problems() const {
    return fmt::format("{}", fmt::join(verify_zoo(folder.path(), {}), "\n"));
  }
  void expect_problem(const std::string& expected) const {
    const std::string found = problems();
    EXPECT_NE(found.find(expected), std::string::npos) << expected << "\nnot in\n" << found;
  }
  // Rewrites shard 0 from changed runs and lists it with its new size and hash.
  void replace_shard(const std::function<void(std::vector<saltus::Run>&)>& change) {
    const ZooDescription d = small_description();
    std::vector<saltus::Run> runs;
    for (int64_t id = 0; id < 16; ++id) runs.push_back(small_run(id, d));
    change(runs);
    std::vector<int64_t> ids, iteration;
    std::vector<float> metrics, parameters;
    for (const saltus::Run& run : runs) {
      ids.push_back(run.id);
      iteration.insert(iteration.end(), run.iteration.begin(), run.iteration.end());
      metrics.insert(metrics.end(), run.metrics.begin(), run.metrics.end());
      parameters.insert(parameters.end(), run.parameters.begin(), run.parameters.end());
    }
    const std::string bytes = encode_safetensors(
        {{"run", Dtype::I64, {16}, std::as_bytes(std::span(ids))},
         {"iteration", Dtype::I64, {16, 5}, std::as_bytes(std::span(iteration))},
         {"metrics", Dtype::F32, {16, 5, 1}, std::as_bytes(std::span(metrics))},
         {"parameters", Dtype::F32, {16, 5, 33}, std::as_bytes(std::span(parameters))}});
    write_file(shard, bytes);
    ZooIndex index = read_index(folder.path());
    index.shards[0].bytes = bytes.size();
    index.shards[0].hash = hash_bytes(std::as_bytes(std::span(bytes)));
    write_file(index_path(folder.path()), index_to_json(index).dump());
  }

  TemporaryFolder folder;
  fs::path shard = folder.path() / "shards/00000.safetensors";
};

TEST_F(Verify, FindsNothingInASoundZoo) { EXPECT_EQ(problems(), ""); }

TEST_F(Verify, ReportsAFlippedBitWithBothHashes) {
  std::string bytes = read_file(shard);
  bytes[bytes.size() - 5] = static_cast<char>(bytes[bytes.size() - 5] ^ 0x10);
  write_file(shard, bytes);
  const ShardEntry entry = read_index(folder.path()).shards[0];
  expect_problem(fmt::format("{}: xxhash64: expected {}, found {}", shard.string(),
                             hash_text(entry.hash),
                             hash_text(hash_bytes(std::as_bytes(std::span(bytes))))));
  Zoo opened(folder.path());  // a flipped value is for verify to find
  EXPECT_EQ(opened.runs(), 40);
}

TEST_F(Verify, ReportsAFlippedBitInTheHeader) {
  std::string bytes = read_file(shard);
  const size_t place = bytes.find("\"parameters\"");
  ASSERT_NE(place, std::string::npos);
  bytes[place + 1] = static_cast<char>(bytes[place + 1] ^ 0x01);
  write_file(shard, bytes);
  expect_problem("xxhash64");
  expect_problem("expected a tensor 'parameters', found");
  EXPECT_NE(message_of<Error>([&] { Zoo zoo(folder.path()); }).find(shard.string()),
            std::string::npos);
}

TEST_F(Verify, ReportsATruncatedShard) {
  const auto size = fs::file_size(shard);
  fs::resize_file(shard, size - 1000);
  const std::string expected =
      fmt::format("{}: size: expected {} bytes, found {}", shard.string(), size, size - 1000);
  expect_problem(expected);
  EXPECT_NE(message_of<Error>([&] { Zoo zoo(folder.path()); }).find(expected), std::string::npos);
}

TEST_F(Verify, ReportsAMissingShardAndGoesOn) {
  fs::remove(shard);
  fs::resize_file(folder.path() / "shards/00002.safetensors", 10);
  expect_problem("00000.safetensors: expected the shard listed in zoo.json");
  expect_problem("00002.safetensors: size: expected");
}

TEST_F(Verify, ReportsValuesThatShouldNotBeThere) {
  replace_shard([](std::vector<saltus::Run>& runs) {
    runs[3].parameters[40] = std::numeric_limits<float>::quiet_NaN();
    runs[4].parameters[0] = 12;
    runs[5].metrics[1] = std::numeric_limits<float>::quiet_NaN();
    std::swap(runs[6].iteration[1], runs[6].iteration[2]);
  });
  expect_problem("00000.safetensors: run 3: checkpoint 1: expected |parameters| <= 10, found nan");
  expect_problem("00000.safetensors: run 4: checkpoint 0: expected |parameters| <= 10, found 12");
  expect_problem("00000.safetensors: run 5: expected finite metrics, found nan");
  expect_problem("00000.safetensors: run 6: expected rising iterations, found [0, 20, 10, 30, 40]");
}

TEST_F(Verify, ReportsADuplicateRun) {
  replace_shard([](std::vector<saltus::Run>& runs) { runs[3].id = 2; });
  expect_problem("tensor 'run': expected the ids 0..15");
}

TEST_F(Verify, ReportsStrayFilesAndMissingShards) {
  write_file(folder.path() / "shards/copy.safetensors", "x");
  expect_problem("shards/copy.safetensors: expected only shards listed");
  const TemporaryFolder partial;
  const ZooDescription d = small_description();
  ZooWriter writer(partial.path(), d, 40, 20);
  for (int64_t id = 0; id < 20; ++id) writer.append(small_run(id, d));
  const auto found = verify_zoo(partial.path(), {});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_NE(found[0].find("expected 2 shards, found 1"), std::string::npos) << found[0];
}

TEST_F(Verify, ReportsAnEmptySplit) {
  const TemporaryFolder tiny;
  write_small_zoo(tiny.path(), 1, 1);
  EXPECT_EQ(verify_zoo(tiny.path(), {}).size(), 2u);
}

TEST_F(Verify, ReportsABrokenIndex) {
  write_file(folder.path() / "zoo.json", "{\"format\": ");
  expect_problem("zoo.json: expected valid JSON");
}

TEST_F(Verify, DescribesTheCourseOfTraining) {
  const Zoo zoo(folder.path());
  const Json summary = zoo_summary(zoo);
  EXPECT_EQ(summary["runs"], 40);
  EXPECT_EQ(summary["splits"]["train"], 36);
  const Json& course = summary["metrics"][0]["course"];
  ASSERT_EQ(course.size(), 5u);
  EXPECT_EQ(course[4]["iteration"], 40);
  EXPECT_NEAR(course[4]["p50"].get<double>(), 500.5, 0.5);
  EXPECT_LT(course[1]["p05"].get<double>(), course[1]["p95"].get<double>());
  const std::string text = describe_zoo(zoo);
  EXPECT_NE(text.find("40 (36 train, 2 validation, 2 test; 0 dropped)"), std::string::npos) << text;
}

TEST(DescribeZoo, PicksTenPointsOfALongCourse) {
  const TemporaryFolder folder;
  write_small_zoo(folder.path(), 20, 20, small_description(Dtype::F32, 49));
  const Json course = zoo_summary(Zoo(folder.path()))["metrics"][0]["course"];
  ASSERT_EQ(course.size(), 10u);
  EXPECT_EQ(course[0]["checkpoint"], 0);
  EXPECT_EQ(course[9]["checkpoint"], 48);
}

}  // namespace
}  // namespace saltus
