#include "saltus/server/slots.h"

#include <chrono>

#include "saltus/http/message.h"

namespace saltus {

void fail_busy(const std::string& what) {
  HttpFault fault(503, "busy",
                  fmt::format("{}: too many requests wait already; try again soon", what));
  fault.headers.emplace_back("Retry-After", "1");
  throw fault;
}

void fail_gone() {
  throw HttpFault(503, "stopping", "the request was given up: its client left or the server ends");
}

Slots::Place::Place(Slots& slots, const std::function<bool()>& client_gone) : slots_(slots) {
  std::unique_lock lock(slots_.mutex_);
  if (slots_.free_ == 0) {
    if (slots_.room_ == 0) fail_busy(slots_.what_);
    --slots_.room_;
    while (!slots_.freed_.wait_for(lock, std::chrono::milliseconds(100),
                                   [&] { return slots_.free_ > 0; })) {
      if (client_gone()) {
        ++slots_.room_;
        fail_gone();
      }
    }
    ++slots_.room_;
  }
  --slots_.free_;
}

Slots::Place::~Place() {
  {
    const std::lock_guard lock(slots_.mutex_);
    ++slots_.free_;
  }
  slots_.freed_.notify_one();
}

}  // namespace saltus
