#include "saltus/base/workers.h"

#include <gtest/gtest.h>

#include <atomic>

#include "saltus/base/error.h"

namespace saltus {
namespace {

TEST(Workers, DoEveryItemOnceAndOnTheSameThreadAgain) {
  Workers workers(3);
  std::vector<std::thread::id> first(8), again(8);
  std::atomic<int> calls = 0;
  for (std::vector<std::thread::id>* ids : {&first, &again}) {
    workers.for_each(8, [&](int64_t i) {
      (*ids)[static_cast<size_t>(i)] = std::this_thread::get_id();
      ++calls;
    });
  }
  EXPECT_EQ(calls, 16);
  EXPECT_EQ(first, again);
  EXPECT_EQ(first[0], std::this_thread::get_id());
  EXPECT_NE(first[0], first[1]);
  EXPECT_EQ(first[1], first[4]);
}

TEST(Workers, PassAnErrorOnAndStayUsable) {
  Workers workers(2);
  EXPECT_THROW(workers.for_each(4,
                                [](int64_t i) {
                                  if (i == 3) fail("item {}", i);
                                }),
               Error);
  int64_t sum = 0;
  workers.for_each(1, [&](int64_t) { ++sum; });
  EXPECT_EQ(sum, 1);
}

TEST(Workers, MayBeOne) {
  Workers workers(1);
  int64_t sum = 0;
  workers.for_each(5, [&](int64_t i) { sum += i; });
  EXPECT_EQ(sum, 10);
}

}  // namespace
}  // namespace saltus
