// Decodes the pickles of PyTorch checkpoints as plain data. Nothing is ever imported or executed:
// the few globals such a file needs are interpreted here, every other one is refused by name. What
// a file can make this allocate is bounded by its size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "saltus/base/safetensors.h"

namespace saltus {

using PickleIndex = uint32_t;  // of a value in its Pickle

// A tensor without its numbers, which are in the storage record `record`.
struct PickleTensor {
  std::string_view record;
  Dtype dtype = Dtype::F32;
  int64_t storage_elements = 0, offset = 0;
  std::vector<int64_t> shape, strides;  // in elements
};

struct PickleGlobal {
  size_t which = 0;  // a place in the table of known ones
};

struct PickleSequence {
  bool tuple = false;
  std::vector<PickleIndex> items;
};

// A dictionary in insertion order; its attributes (what BUILD sets) are dropped.
struct PickleDictionary {
  std::vector<std::pair<PickleIndex, PickleIndex>> items;
};

struct PickleValue {
  std::variant<std::monostate, bool, int64_t, double, std::string_view, PickleSequence,
               PickleDictionary, PickleGlobal, PickleTensor>
      data;
};

// All values of one pickle. They may contain each other in a circle, or one thing many times:
// whoever walks them must bound the walk.
class Pickle {
 public:
  // Decodes protocols 2 to 5; `bytes` must outlive this. Globals understood: OrderedDict, torch's
  // tensors, parameters, sizes, devices, dtypes and storages of the types that Dtype has, numpy's
  // scalars, and _codecs.encode. Error (`where`, byte, what) for any other global, for opcodes that
  // make objects, for malformed data, and for more than kMostValues values.
  Pickle(std::span<const std::byte> bytes, std::string_view where);

  const PickleValue& root() const { return values_[root_]; }
  const PickleValue& at(PickleIndex index) const { return values_[index]; }
  // The value as a T, or null.
  template <typename T>
  const T* get_if(PickleIndex index) const {
    return std::get_if<T>(&values_[index].data);
  }

  static constexpr size_t kMostValues = 2'000'000;
  static constexpr size_t kDeepest = 1000;  // marks open at once
  static constexpr size_t kMostAxes = 64;

 private:
  friend class PickleDecoder;

  std::vector<PickleValue> values_;
  std::deque<std::string> texts_;  // those that are no part of `bytes`
  PickleIndex root_ = 0;
};

}  // namespace saltus
