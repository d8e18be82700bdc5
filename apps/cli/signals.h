// Ctrl-C as a request: jobs finish the unit at hand, save, and return.
#pragma once

#include <atomic>

namespace saltus {

// The exit code of a command that was asked to stop before it was done.
constexpr int kInterrupted = 130;

// From the first call on, SIGINT or SIGTERM sets the returned flag (see Job::stop) and says so on
// stderr; the same signal a second time, 0.2 s later or more, kills the process as if it were not
// handled.
const std::atomic<bool>& stop_on_signals();

}  // namespace saltus
