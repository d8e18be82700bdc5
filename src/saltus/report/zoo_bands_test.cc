#include "saltus/report/zoo_bands.h"

#include <gtest/gtest.h>

#include "saltus/base/error.h"
#include "saltus/base/file.h"
#include "saltus/base/safetensors.h"
#include "saltus/report/training_log.h"

namespace saltus {
namespace {

class ReportInputs : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) /
              ::testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "shards");
  }
  void TearDown() override { fs::remove_all(folder_); }

  // Runs r = 0..4 whose two metrics at checkpoint c are 10 c + r and -r.
  void write_zoo() {
    std::vector<int64_t> iteration;
    std::vector<float> metrics;
    for (int64_t r = 0; r < 5; ++r) {
      for (int64_t c = 0; c < 2; ++c) {
        iteration.push_back(100 * c);
        metrics.push_back(static_cast<float>(10 * c + r));
        metrics.push_back(static_cast<float>(-r));
      }
    }
    write_file(folder_ / "shards/00000.safetensors",
               encode_safetensors(
                   {{"iteration", Dtype::I64, {5, 2}, std::as_bytes(std::span(iteration))},
                    {"metrics", Dtype::F32, {5, 2, 2}, std::as_bytes(std::span(metrics))}}));
    write_index({{"format", "saltus-zoo/1"},
                 {"checkpoints", 2},
                 {"metrics", {{{"name", "loss"}}, {{"name", "error"}}}},
                 {"shards",
                  {{{"file", "shards/00000.safetensors"},
                    {"runs", 5},
                    {"xxhash64", "00112233445566aa"}}}}});
  }
  void write_index(const Json& index) { write_file(folder_ / "zoo.json", index.dump()); }

  fs::path folder_;
};

TEST_F(ReportInputs, BandsAreQuantilesOverRuns) {
  write_zoo();
  const Json bands = read_zoo_bands(folder_);
  EXPECT_EQ(bands.at("runs"), 5);
  EXPECT_EQ(bands.at("iteration"), Json({0, 100}));
  EXPECT_EQ(bands.at("metrics").at("loss").at("0.5"), Json({2, 12}));
  EXPECT_EQ(bands.at("metrics").at("loss").at("0.25"), Json({1, 11}));
  EXPECT_NEAR(bands.at("metrics").at("loss").at("0.95")[0].get<double>(), 3.8, 1e-9);
  EXPECT_EQ(bands.at("metrics").at("error").at("0.75"), Json({-1, -1}));
  EXPECT_EQ(bands.at("hash").get<std::string>().size(), 16u);
}

TEST_F(ReportInputs, RefusesWhatIsNoZoo) {
  EXPECT_THROW(read_zoo_bands(folder_), Error);
  write_index({{"format", "saltus-zoo/2"}});
  EXPECT_THROW(read_zoo_bands(folder_), Error);
  write_zoo();
  Json index = Json::parse(read_file(folder_ / "zoo.json"));
  index["checkpoints"] = 3;
  write_index(index);
  EXPECT_THROW(read_zoo_bands(folder_), Error);
  index["checkpoints"] = 2;
  index["shards"] = Json::array();
  write_index(index);
  EXPECT_THROW(read_zoo_bands(folder_), Error);
}

TEST_F(ReportInputs, TrainingLogsLinesBecomeAList) {
  write_file(folder_ / "metrics.jsonl", "{\"step\":1}\n{\"step\":2}\n{\"ste");
  const Json log = read_training_log(folder_);
  ASSERT_EQ(log.size(), 2u);
  EXPECT_EQ(log[1].at("step"), 2);
  write_file(folder_ / "metrics.jsonl", "{\"step\":1}\n[2]\n");
  EXPECT_THROW(read_training_log(folder_), Error);
  EXPECT_THROW(read_training_log(folder_ / "shards"), Error);
}

}  // namespace
}  // namespace saltus
