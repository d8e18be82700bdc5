// How much of the machine's memory this process holds.
#pragma once

#include <cstdint>

namespace saltus {

struct ResidentMemory {
  int64_t all = 0;    // bytes
  int64_t files = 0;  // of them, pages of mapped files, which the system may take back at any time
};

// As Linux counts it now.
ResidentMemory resident_memory();

}  // namespace saltus
