// Whether tests of a GPU can run: they are skipped, visibly, where they cannot. To be asked before
// anything is computed (device.h), so such a test wants a process of its own, as ctest gives it.
#pragma once

#include "saltus/base/error.h"
#include "saltus/network/device.h"

namespace saltus::testing {

inline bool has_gpu() {
  try {
    device_named("cuda");
  } catch (const Error&) {
    return false;
  }
  return true;
}

}  // namespace saltus::testing
