#include "saltus/base/memory.h"

#include <unistd.h>

#include <fstream>

namespace saltus {

ResidentMemory resident_memory() {
  // Pages: the whole address space, what is resident, what of that is backed by files.
  int64_t space = 0, resident = 0, shared = 0;
  std::ifstream("/proc/self/statm") >> space >> resident >> shared;
  const int64_t page = sysconf(_SC_PAGESIZE);
  return {.all = resident * page, .files = shared * page};
}

}  // namespace saltus
