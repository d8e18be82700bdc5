// Files of torch.save, safetensors, .npz and .npy, told apart by their content.
#include "saltus/base/error.h"
#include "saltus/formats/checkpoint_file.h"
#include "saltus/formats/numbers.h"
#include "tests/fuzz/memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const saltus::fuzz::MemoryFile file(data, size);
  try {
    const saltus::StoredCheckpoint checkpoint = saltus::read_checkpoint(file.path());
    for (const saltus::StridedTensor& tensor : checkpoint.tensors) saltus::floats_of(tensor);
  } catch (const saltus::Error&) {
    // Refused: that is what most inputs deserve.
  }
  return 0;
}
