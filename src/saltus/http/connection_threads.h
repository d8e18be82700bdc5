// A thread for each connection, up to a number; further ones wait for one of them to end.
#pragma once

#include <httplib.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace saltus {

// Threads are made when needed and kept. When as many connections wait as are served, whoever
// accepts them waits, too: the rest stays with the system.
class ConnectionThreads : public httplib::TaskQueue {
  // void in some versions of httplib, bool (whether it was taken) in others.
  using Taken = decltype(std::declval<httplib::TaskQueue&>().enqueue(std::function<void()>()));

 public:
  explicit ConnectionThreads(size_t most) : most_(most) {}
  ~ConnectionThreads() override { shutdown(); }

  Taken enqueue(std::function<void()> task) override {
    push(std::move(task));
    return Taken(true);
  }
  // Returns when all tasks have ended, those that wait included.
  void shutdown() override;
  // Whether connections wait for others to end.
  bool crowded() const { return waits_ > 0; }

 private:
  void push(std::function<void()> task);
  void work();
  void count_waiting();

  const size_t most_;
  std::mutex mutex_;
  std::condition_variable task_there_, room_there_;
  std::deque<std::function<void()>> waiting_;
  std::atomic<size_t> waits_{0};  // waiting_.size() beyond the threads that are free
  size_t idle_ = 0;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace saltus
