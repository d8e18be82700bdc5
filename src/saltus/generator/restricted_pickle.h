// Decodes the pickles of PyTorch checkpoints as plain data. Nothing is ever imported or executed:
// the few globals such a file needs are interpreted here, every other one is refused by name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace saltus {

struct PickleValue;
using PicklePointer = std::shared_ptr<PickleValue>;

// A tensor without its numbers: float32 elements in the storage record `storage`.
struct PickleTensor {
  std::string storage;
  int64_t storage_elements = 0, offset = 0;
  std::vector<int64_t> shape, strides;
};

struct PickleGlobal {
  std::string name;  // "module.name"
};

struct PickleSequence {
  bool tuple = false;
  std::vector<PicklePointer> items;
};

// A dictionary in insertion order; its attributes (what BUILD sets) are dropped.
struct PickleDictionary {
  std::vector<std::pair<PicklePointer, PicklePointer>> items;
};

struct PickleValue {
  std::variant<std::monostate, bool, int64_t, double, std::string, PickleSequence, PickleDictionary,
               PickleGlobal, PickleTensor>
      data;
};

// Decodes one pickle of protocol 2. Globals understood: collections.OrderedDict,
// torch._utils._rebuild_tensor_v2, torch.FloatStorage, numpy.dtype, numpy[._]core.multiarray.scalar
// and _codecs.encode. Error (`where`, byte, what) for any other global, opcode or malformed data.
PicklePointer decode_pickle(std::span<const std::byte> bytes, std::string_view where);

}  // namespace saltus
