#include "saltus/training/batches_ahead.h"

#include <ATen/Parallel.h>

#include <utility>

namespace saltus {

BatchesAhead::BatchesAhead(Draw draw, int64_t first, int ahead)
    : draw_(std::move(draw)), number_(first) {
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
  Batch batch = begun_.front().get();
  begun_.pop_front();
  begin();
  return batch;
}

}  // namespace saltus
