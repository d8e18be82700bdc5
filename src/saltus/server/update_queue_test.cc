#include "saltus/server/update_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "saltus/server/small_service_test.h"
#include "saltus/workflow/model_files.h"

namespace saltus {
namespace {

class UpdateQueueTest : public ::testing::Test {
 protected:
  UpdateQueueTest()
      : generator_(Generator::load(model_file(testing::cartpole_model()))),
        task_(make_task("cartpole")) {}

  // Of `rows` policies; all differ, in every respect, from those of another number.
  UpdateRequest request(int64_t number, int64_t rows) {
    UpdateRequest made;
    std::vector<at::Tensor> thetas;
    for (int64_t row = 0; row < rows; ++row) {
      thetas.push_back(at::tensor(task_->fresh_network("orthogonal", static_cast<uint64_t>(number),
                                                       static_cast<uint64_t>(row))));
      made.noise.push_back({.seed = static_cast<uint64_t>(number), .sample = row});
    }
    made.theta = at::stack(thetas);
    made.start_metric = at::full({rows, 1}, 10.0 + static_cast<double>(number));
    made.prompt = at::full({rows, 1}, 400.0 + static_cast<double>(number));
    return made;
  }

  // The queue's thread is busy from here until `release_` is set; meanwhile requests gather.
  std::thread hold(UpdateQueue& queue) {
    std::thread holder([&] {
      queue.run(
          [&] {
            held_ = true;
            while (!release_) std::this_thread::yield();
          },
          never_);
    });
    while (!held_) std::this_thread::yield();
    return holder;
  }
  void wait_for(UpdateQueue& queue, int64_t waiting) {
    while (queue.waiting() < waiting) std::this_thread::yield();
  }

  Generator generator_;
  std::shared_ptr<const Task> task_;
  Counters counters_;
  std::atomic<bool> never_{false}, held_{false}, release_{false};
};

TEST_F(UpdateQueueTest, GivesEachRequestWhatItWouldGetAlone) {
  UpdateQueue queue(1, 100, counters_);
  std::thread holder = hold(queue);
  constexpr int64_t kRequests = 8;
  std::vector<at::Tensor> together(kRequests);
  std::vector<std::thread> clients;
  for (int64_t i = 0; i < kRequests; ++i) {
    clients.emplace_back([&, i] {
      together[static_cast<size_t>(i)] =
          queue.sample(generator_, {}, request(i, 1 + i % 3), never_).theta;
    });
  }
  wait_for(queue, kRequests);
  release_ = true;
  for (std::thread& client : clients) client.join();
  holder.join();
  for (int64_t i = 0; i < kRequests; ++i) {
    const at::Tensor alone = generator_.update(request(i, 1 + i % 3), {});
    EXPECT_TRUE(at::allclose(together[static_cast<size_t>(i)], alone, 1e-4, 1e-5)) << i;
  }
  // They went together: eight requests of 15 rows in all.
  EXPECT_NE(counters_.page().find("saltus_update_batch_rows_count 1\n"), std::string::npos);
  EXPECT_NE(counters_.page().find("saltus_update_batch_rows_sum 15\n"), std::string::npos);
}

TEST_F(UpdateQueueTest, GivesEachRowOfALargeRequestItsOwn) {
  UpdateQueue queue(2, 100, counters_);
  const UpdateRequest large = request(3, 40);
  const at::Tensor theta = queue.sample(generator_, {}, large, never_).theta;
  EXPECT_TRUE(at::allclose(theta, generator_.update(large, {}), 1e-4, 1e-5));
}

TEST_F(UpdateQueueTest, KeepsApartWhatIsSampledDifferently) {
  UpdateQueue queue(1, 100, counters_);
  std::thread holder = hold(queue);
  std::vector<std::thread> clients;
  for (int64_t i = 0; i < 4; ++i) {
    clients.emplace_back(
        [&, i] { queue.sample(generator_, {.evaluations = 1 + i % 2}, request(i, 1), never_); });
  }
  wait_for(queue, 4);
  release_ = true;
  for (std::thread& client : clients) client.join();
  holder.join();
  EXPECT_NE(counters_.page().find("saltus_update_batch_rows_count 2\n"), std::string::npos);
}

TEST_F(UpdateQueueTest, RoundsMoreWhereToldTo) {
  UpdateQueue exact(1, 100, counters_), rough(1, 100, counters_, true);
  const at::Tensor a = exact.sample(generator_, {}, request(1, 4), never_).theta;
  const at::Tensor b = rough.sample(generator_, {}, request(1, 4), never_).theta;
  EXPECT_FALSE(a.equal(b));
  EXPECT_LT((a - b).norm().item<double>(), 0.05 * a.norm().item<double>());
}

TEST_F(UpdateQueueTest, RefusesWhenTooManyWait) {
  UpdateQueue queue(1, 2, counters_);
  std::thread holder = hold(queue);
  std::thread first([&] { queue.sample(generator_, {}, request(0, 1), never_); });
  wait_for(queue, 1);
  try {
    queue.sample(generator_, {}, request(1, 1), never_);
    ADD_FAILURE();
  } catch (const HttpFault& fault) {
    EXPECT_EQ(fault.status(), 503);
    EXPECT_EQ(fault.headers.front().first, "Retry-After");
  }
  release_ = true;
  first.join();
  holder.join();
}

TEST_F(UpdateQueueTest, GivesUpWaitingWhenTold) {
  UpdateQueue queue(1, 100, counters_);
  std::thread holder = hold(queue);
  std::atomic<bool> stop{false};
  std::thread leaver(
      [&] { EXPECT_THROW(queue.sample(generator_, {}, request(0, 1), stop), HttpFault); });
  wait_for(queue, 1);
  stop = true;
  leaver.join();
  release_ = true;
  holder.join();
  queue.run([] {}, never_);  // after the one that was given up
  EXPECT_EQ(counters_.page().find("saltus_update_batch_rows"),
            counters_.page().find("saltus_update_batch_rows_count 0"));
}

TEST_F(UpdateQueueTest, PassesFaultsOn) {
  UpdateQueue queue(1, 100, counters_);
  EXPECT_THROW(queue.sample(generator_, {.method = "none"}, request(0, 1), never_), Error);
  EXPECT_THROW(queue.run([] { fail("no"); }, never_), Error);
  EXPECT_EQ(queue.sample(generator_, {}, request(0, 2), never_).theta.size(0), 2);
}

}  // namespace
}  // namespace saltus
