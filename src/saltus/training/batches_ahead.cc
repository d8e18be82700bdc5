#include "saltus/training/batches_ahead.h"

#include <ATen/Parallel.h>

#include <utility>

#include "saltus/base/error.h"

namespace saltus {

BatchesAhead::BatchesAhead(Draw draw, int64_t first, int ahead)
    : draw_(std::move(draw)), number_(first) {
  check(ahead >= 1, "batches ahead: at least one");
  for (int i = 0; i < ahead; ++i) begin();
}

void BatchesAhead::begin() {
  begun_.push_back(std::async(std::launch::async, [draw = draw_, number = number_] {
    at::set_num_threads(1);  // of this thread
    return draw(number);
  }));
  ++number_;
}

Batch BatchesAhead::next() {
  std::future<Batch> first = std::move(begun_.front());
  begun_.pop_front();
  begin();
  return first.get();
}

}  // namespace saltus
