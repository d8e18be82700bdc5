#include "saltus/server/slots.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

#include "saltus/http/message.h"
#include "saltus/server/client_watch.h"

namespace saltus {
namespace {

const std::function<bool()> kThere = [] { return false; };

TEST(Slots, LetSomeInSomeWaitAndRefuseTheRest) {
  Slots slots("work", 1, 1);
  auto first = std::make_unique<Slots::Place>(slots, kThere);
  std::atomic<bool> asked{false};
  std::atomic<int> inside{0};
  std::thread second([&] {
    // It asks whether its client is there while it waits.
    const Slots::Place place(slots, [&] {
      asked = true;
      return false;
    });
    ++inside;
  });
  while (!asked) std::this_thread::yield();
  try {
    const Slots::Place third(slots, kThere);
    ADD_FAILURE();
  } catch (const HttpFault& fault) {
    EXPECT_EQ(fault.code(), "busy");
  }
  EXPECT_EQ(inside, 0);
  first.reset();
  second.join();
  EXPECT_EQ(inside, 1);
  const Slots::Place again(slots, kThere);
}

TEST(Slots, DoNotKeepThoseWhoseClientLeft) {
  Slots slots("work", 1, 1);
  const Slots::Place first(slots, kThere);
  for (int i = 0; i < 3; ++i) {
    try {
      const Slots::Place place(slots, [] { return true; });
      ADD_FAILURE();
    } catch (const HttpFault& fault) {
      EXPECT_EQ(fault.code(), "stopping");  // not busy: the last one's place is free again
    }
  }
}

TEST(ClientWatch, StopsTheWorkOfThoseWhoLeft) {
  ClientWatch watch;
  std::atomic<bool> left{false};
  const ClientWatch::Guard stays(watch, kThere), leaves(watch, [&] { return left.load(); });
  left = true;
  for (int i = 0; i < 500 && !leaves.stop(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_TRUE(leaves.stop());
  EXPECT_FALSE(stays.stop());
}

}  // namespace
}  // namespace saltus
