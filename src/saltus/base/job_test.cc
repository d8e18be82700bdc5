#include "saltus/base/job.h"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <thread>

namespace saltus {
namespace {

TEST(ParallelFor, CallsEveryIndexOnce) {
  for (int threads : {1, 4}) {
    std::vector<std::atomic<int>> calls(1000);
    parallel_for(1000, threads, [&](int64_t i) { ++calls[static_cast<size_t>(i)]; });
    for (const auto& count : calls) ASSERT_EQ(count, 1);
  }
  parallel_for(0, 4, [](int64_t) { FAIL(); });
}

TEST(ParallelFor, RethrowsAfterAllThreadsStopped) {
  std::atomic<int> running{0};
  const auto body = [&](int64_t i) {
    ++running;
    std::this_thread::yield();
    --running;
    if (i == 17) throw std::runtime_error("17");
  };
  EXPECT_THROW(parallel_for(1000, 4, body), std::runtime_error);
  EXPECT_EQ(running, 0);
}

TEST(Job, StopsWhenTold) {
  std::atomic<bool> stop{false};
  Job job;
  EXPECT_FALSE(job.stopped());
  job.stop = &stop;
  EXPECT_FALSE(job.stopped());
  stop = true;
  EXPECT_TRUE(job.stopped());
}

TEST(Job, CountsThreads) {
  Job job;
  EXPECT_GE(thread_count(job), 1);
  job.threads = 3;
  EXPECT_EQ(thread_count(job), 3);
}

}  // namespace
}  // namespace saltus
