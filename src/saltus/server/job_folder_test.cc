#include "saltus/server/job_folder.h"

#include <gtest/gtest.h>

#include <fstream>

#include "saltus/server/small_service_test.h"

namespace saltus {
namespace {

void append(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::app | std::ios::binary) << text;
}

TEST(JobFolder, TellsWholeLinesAndGoesOnWhereItWas) {
  const auto folder = testing::fresh_folder("job");
  const JobFolder job("job", folder);
  EXPECT_EQ(job.kind(), "unknown");
  EXPECT_EQ(job.lines_after(0).end, 0);
  append(folder / "metrics.jsonl", "{\"step\":1}\nno json\n{\"step\":2}\n{\"st");
  const JobFolder::Lines first = job.lines_after(0);
  ASSERT_EQ(first.lines.size(), 2u);
  EXPECT_EQ(first.lines[1].first, "{\"step\":2}");
  EXPECT_EQ(job.lines_after(first.end).lines.size(), 0u);
  append(folder / "metrics.jsonl", "ep\":3}\n");
  const JobFolder::Lines next = job.lines_after(first.end);
  ASSERT_EQ(next.lines.size(), 1u);
  EXPECT_EQ(next.lines[0].first, "{\"step\":3}");
  EXPECT_EQ(job.lines_after(first.lines[0].second).lines.size(), 2u);  // a client that comes back
  EXPECT_EQ(job.kind(), "training");
  EXPECT_FALSE(job.finished());
  append(folder / "training.json", "{}");
  EXPECT_TRUE(job.finished());
  std::filesystem::remove_all(folder);
}

TEST(JobFolder, BeginsAgainWhenTheFileDoes) {
  const auto folder = testing::fresh_folder("job-again");
  append(folder / "metrics.jsonl", "{\"step\":1}\n{\"step\":2}\n");
  const JobFolder job("job", folder);
  const int64_t end = job.lines_after(0).end;
  std::filesystem::remove(folder / "metrics.jsonl");
  append(folder / "metrics.jsonl", "{\"step\":1}\n");
  const JobFolder::Lines again = job.lines_after(end);
  EXPECT_TRUE(again.restarted);
  EXPECT_EQ(again.lines.size(), 1u);
  std::filesystem::remove_all(folder);
}

TEST(JobFolder, ReadsAZoosProgress) {
  const JobFolder job("zoo", testing::cartpole_model() / "zoo");
  EXPECT_EQ(job.kind(), "zoo");
  EXPECT_EQ(job.zoo_progress(),
            (Json{{"runs", 3}, {"planned", 3}, {"dropped", 0}, {"complete", true}}));
  EXPECT_TRUE(job.finished());
}

}  // namespace
}  // namespace saltus
