// Draws the batches of coming steps on other threads while a GPU works on this one.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <future>

#include "saltus/training/batch.h"

namespace saltus {

class BatchesAhead {
 public:
  // The batch of a number. Pure; called on threads of its own, several at once.
  using Draw = std::function<Batch(int64_t number)>;

  // Begins at once with `ahead` batches, one a thread, from number `first` on.
  BatchesAhead(Draw draw, int64_t first, int ahead);

  // Number first, then first + 1 and so on. Throws what its draw threw.
  Batch next();

 private:
  void begin();

  Draw draw_;
  int64_t number_;  // of the next to begin
  std::deque<std::future<Batch>> begun_;
};

}  // namespace saltus
