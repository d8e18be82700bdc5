// Work stops when nobody waits for it any more.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace saltus {

// Looks now and then whether the clients of running requests are still there.
class ClientWatch {
 public:
  ClientWatch();
  ~ClientWatch();
  ClientWatch(const ClientWatch&) = delete;
  ClientWatch& operator=(const ClientWatch&) = delete;

 private:
  struct Entry {
    std::function<bool()> gone;
    std::atomic<bool> stop{false};
  };

 public:
  // While it lives, stop() is set once `gone` says so; see Job::stop.
  class Guard {
   public:
    Guard(ClientWatch& watch, std::function<bool()> gone);
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    const std::atomic<bool>& stop() const { return entry_->stop; }

   private:
    ClientWatch& watch_;
    std::list<Entry>::iterator entry_;
  };

 private:
  void look();

  std::mutex mutex_;
  std::condition_variable ending_changed_;
  std::list<Entry> entries_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace saltus
