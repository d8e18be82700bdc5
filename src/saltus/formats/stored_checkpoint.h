// What every reader of this layer yields and every writer takes: tensors with names, and the plain
// numbers that were stored beside them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "saltus/base/safetensors.h"

namespace saltus {

// A tensor inside a storage that belongs to someone else. Elements may be spread over it and shared
// with other tensors: element (i, j, ...) is at offset + i * strides[0] + j * strides[1] + ...
struct StridedTensor {
  std::string name;
  Dtype dtype = Dtype::F32;
  std::vector<int64_t> shape, strides;  // strides in elements
  int64_t offset = 0;                   // of the first element, in elements
  std::span<const std::byte> storage;

  int64_t elements() const;
  // Whether the elements lie side by side in row-major order.
  bool is_contiguous() const;
};

// A row-major tensor that fills its bytes.
StridedTensor dense_tensor(std::string name, Dtype dtype, std::vector<int64_t> shape,
                           std::span<const std::byte> bytes);

// Error (`where`, name, what) unless shape and strides are of one length and not negative, all
// elements lie within the storage, and there are no more of them than the storage has: with strides
// of 0 a file of a few bytes could ask for any number.
void check_strided(const StridedTensor& tensor, std::string_view where);

// The elements in row-major order to `to` [elements() * dtype_size(dtype)].
void copy_elements(const StridedTensor& tensor, std::byte* to);

// What a checkpoint file holds. Views stay valid as long as `owner` lives.
struct StoredCheckpoint {
  std::vector<StridedTensor> tensors;                   // in the file's order
  std::vector<std::pair<std::string, double>> numbers;  // "epoch", "metrics.loss"; may be empty
  std::shared_ptr<const void> owner;

  const StridedTensor* find(std::string_view name) const;  // null when absent
};

}  // namespace saltus
