#include "saltus/http/connection_threads.h"

#include <algorithm>

namespace saltus {

void ConnectionThreads::push(std::function<void()> task) {
  std::unique_lock lock(mutex_);
  room_there_.wait(lock, [&] { return waiting_.size() < most_ || ending_; });
  waiting_.push_back(std::move(task));
  if (idle_ < waiting_.size() && threads_.size() < most_) threads_.emplace_back([this] { work(); });
  count_waiting();
  task_there_.notify_one();
}

void ConnectionThreads::count_waiting() {
  waits_ = threads_.size() < most_ ? 0 : waiting_.size() - std::min(waiting_.size(), idle_);
}

void ConnectionThreads::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    task_there_.wait(lock, [&] { return !waiting_.empty() || ending_; });
    --idle_;
    if (waiting_.empty()) return;
    const std::function<void()> task = std::move(waiting_.front());
    waiting_.pop_front();
    count_waiting();
    room_there_.notify_one();
    lock.unlock();
    task();
    lock.lock();
  }
}

void ConnectionThreads::shutdown() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  task_there_.notify_all();
  room_there_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace saltus
