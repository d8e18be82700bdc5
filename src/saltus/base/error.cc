#include "saltus/base/error.h"

#include <cstdio>
#include <cstdlib>

namespace saltus {

void check(bool condition, std::string_view what, std::source_location where) {
  if (condition) return;
  std::fprintf(stderr, "saltus: internal error: %.*s (%s:%u)\n", static_cast<int>(what.size()),
               what.data(), where.file_name(), where.line());
  std::abort();
}

}  // namespace saltus
