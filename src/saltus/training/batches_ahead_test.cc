#include "saltus/training/batches_ahead.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "saltus/base/error.h"

namespace saltus {
namespace {

TEST(BatchesAhead, GivesThemInOrderHoweverLongEachTakes) {
  std::atomic<int64_t> drawn{0};
  BatchesAhead ahead(
      [&](int64_t number) {
        if (number % 3 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
        ++drawn;
        Batch batch;
        batch.unpaired = number;
        return batch;
      },
      7, 4);
  for (int64_t number = 7; number < 20; ++number) EXPECT_EQ(ahead.next().unpaired, number);
  EXPECT_GE(drawn, 13);
  EXPECT_LE(drawn, 17);  // four ahead, not more
}

TEST(BatchesAhead, ThrowsWhatADrawThrew) {
  BatchesAhead ahead(
      [](int64_t number) -> Batch {
        if (number == 1) fail("no batch {}", number);
        return {};
      },
      0, 2);
  EXPECT_NO_THROW(ahead.next());
  EXPECT_THROW(ahead.next(), Error);
}

}  // namespace
}  // namespace saltus
