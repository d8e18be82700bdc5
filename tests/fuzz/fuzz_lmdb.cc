// LMDB data files.
#include "saltus/base/error.h"
#include "saltus/formats/lmdb_file.h"
#include "tests/fuzz/memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const saltus::fuzz::MemoryFile file(data, size);
  try {
    const saltus::LmdbFile lmdb(file.path());
    for (const saltus::LmdbEntry& entry : lmdb.entries()) saltus::hash_bytes(entry.value);
  } catch (const saltus::Error&) {
    // Refused.
  }
  return 0;
}
