#include "saltus/workflow/single_training.h"

#include <gtest/gtest.h>

#include "saltus/task/cartpole_task.h"

namespace saltus {
namespace {

double return_of(const Task& task, const std::vector<float>& theta) {
  float value = 0;
  task.evaluate(theta, {.effort = 256}, {.threads = 1}, {&value, 1});
  return value;
}

TEST(SingleTraining, ImprovesAPolicyAndKeepsItsCourse) {
  const auto task = make_cartpole();
  const std::vector<float> start = task->fresh_network("orthogonal", 1, 0);
  std::vector<int64_t> told;
  Job job;
  job.progress = [&](const Progress& progress) { told.push_back(progress.done); };
  const SingleTraining training = train_from(nullptr, *task, start, 40, 0, job);
  EXPECT_EQ(training.optimiser, "ppo");
  ASSERT_GE(training.points.size(), 5u);
  EXPECT_EQ(training.points.front().step, 0);
  EXPECT_EQ(training.points.front().theta, start);
  EXPECT_EQ(training.points.back().step, 40);
  EXPECT_EQ(told.size(), 40u);
  EXPECT_GT(return_of(*task, training.points.back().theta), return_of(*task, start) + 50);
}

TEST(SingleTraining, StopsWhenToldTo) {
  const auto task = make_cartpole();
  const std::vector<float> start = task->fresh_network("orthogonal", 1, 0);
  std::atomic<bool> stop{false};
  Job job;
  job.stop = &stop;
  job.progress = [&](const Progress& progress) { stop = progress.done >= 3; };
  const SingleTraining training = train_from(nullptr, *task, start, 1000, 0, job);
  EXPECT_LE(training.points.back().step, 3);
}

}  // namespace
}  // namespace saltus
