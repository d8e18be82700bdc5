#include "saltus/server/client_watch.h"

#include <chrono>

namespace saltus {

ClientWatch::ClientWatch() : thread_([this] { look(); }) {}

ClientWatch::~ClientWatch() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  ending_changed_.notify_all();
  thread_.join();
}

void ClientWatch::look() {
  std::unique_lock lock(mutex_);
  while (!ending_changed_.wait_for(lock, std::chrono::milliseconds(100), [&] { return ending_; })) {
    for (Entry& entry : entries_) {
      if (!entry.stop && entry.gone()) entry.stop = true;
    }
  }
}

ClientWatch::Guard::Guard(ClientWatch& watch, std::function<bool()> gone) : watch_(watch) {
  const std::lock_guard lock(watch_.mutex_);
  entry_ = watch_.entries_.emplace(watch_.entries_.end());
  entry_->gone = std::move(gone);
}

ClientWatch::Guard::~Guard() {
  const std::lock_guard lock(watch_.mutex_);
  watch_.entries_.erase(entry_);
}

}  // namespace saltus
