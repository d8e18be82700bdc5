// How much of one kind of work is done at once, and how much may wait for it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

namespace saltus {

class Slots {
 public:
  // `what` names the work in messages.
  Slots(std::string what, int64_t at_once, int64_t waiting)
      : what_(std::move(what)), free_(at_once), room_(waiting) {}

  // A place, held while it lives. HttpFault 503 when too many wait already, or when the client
  // leaves while waiting.
  class Place {
   public:
    Place(Slots& slots, const std::function<bool()>& client_gone);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    Slots& slots_;
  };

 private:
  const std::string what_;
  std::mutex mutex_;
  std::condition_variable freed_;
  int64_t free_, room_;
};

// The 503 that says to come back.
[[noreturn]] void fail_busy(const std::string& what);
// What is thrown when nobody will read the answer.
[[noreturn]] void fail_gone();

}  // namespace saltus
