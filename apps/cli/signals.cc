#include "signals.h"

#include <unistd.h>

#include <array>
#include <csignal>
#include <ctime>
#include <string_view>

namespace saltus {
namespace {

// A signal handler can reach nothing but a global.
std::atomic<bool> stop{false};
static_assert(std::atomic<bool>::is_always_lock_free);

// When each signal first came, in monotonic nanoseconds; 0: not yet.
std::array<std::atomic<int64_t>, NSIG> first_came{};
static_assert(std::atomic<int64_t>::is_always_lock_free);

// One Ctrl-C may come twice: from the terminal to all, and from a launcher (timeout, a script) that
// passes its own on.
constexpr int64_t kSameNanoseconds = 200'000'000;

void request_stop(int number) {
  timespec time = {};
  clock_gettime(CLOCK_MONOTONIC, &time);
  const int64_t now = int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  int64_t earlier = 0;
  if (!first_came[static_cast<size_t>(number)].compare_exchange_strong(earlier, now)) {
    if (now - earlier < kSameNanoseconds) return;
    std::signal(number, SIG_DFL);
    std::raise(number);  // takes effect when this returns
    return;
  }
  constexpr std::string_view message =
      "\nsaltus: stopping after the unit at hand; once more to kill\n";
  stop = true;
  // Nothing can be done about a failing write here.
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, message.data(), message.size());
}

}  // namespace

const std::atomic<bool>& stop_on_signals() {
  struct sigaction action = {};
  action.sa_handler = request_stop;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  return stop;
}

}  // namespace saltus
