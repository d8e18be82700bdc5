// The restricted pickle alone: inside of a zip archive a fuzzer would have to find checksums first.
#include "saltus/base/error.h"
#include "saltus/formats/restricted_pickle.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const saltus::Pickle pickle({reinterpret_cast<const std::byte*>(data), size}, "fuzz");
    pickle.at(0);
  } catch (const saltus::Error&) {
    // Refused.
  }
  return 0;
}
