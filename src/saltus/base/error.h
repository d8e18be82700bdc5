// The one exception type of the library, and the check for our own broken invariants.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace saltus {

// Thrown for everything a caller or user can cause: bad input, bad files, a full disk.
// A message reads "operation: what was expected, what was found, where, what to do next".
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throws Error with a formatted message.
template <typename... Args>
[[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(fmt::format(format, std::forward<Args>(args)...));
}

// Aborts, in release builds too, when an invariant of our own is broken. Never for user input.
void check(bool condition, std::string_view what,
           std::source_location where = std::source_location::current());

}  // namespace saltus
