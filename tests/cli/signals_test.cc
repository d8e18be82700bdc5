#include "signals.h"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

namespace saltus {
namespace {

// In a process of its own: a handler is for good.
TEST(Signals, TheFirstAsksAndTheSecondKills) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        const std::atomic<bool>& stop = stop_on_signals();
        if (stop) std::exit(1);
        std::raise(SIGINT);
        std::exit(stop ? 0 : 2);
      },
      ::testing::ExitedWithCode(0), "once more to kill");
  EXPECT_EXIT(
      {
        stop_on_signals();
        std::raise(SIGINT);
        std::this_thread::sleep_for(std::chrono::milliseconds(250));
        std::raise(SIGINT);
        std::exit(3);
      },
      ::testing::KilledBySignal(SIGINT), "");
}

TEST(Signals, AnEchoOfTheFirstDoesNotKill) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        stop_on_signals();
        std::raise(SIGINT);
        std::raise(SIGINT);
        std::exit(3);
      },
      ::testing::ExitedWithCode(3), "once more to kill");
}

}  // namespace
}  // namespace saltus
