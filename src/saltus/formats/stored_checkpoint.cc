#include "saltus/formats/stored_checkpoint.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "saltus/base/error.h"

namespace saltus {
namespace {

// Of a shape whose product fits; of any other, what check_strided refuses.
std::vector<int64_t> row_major_strides(const std::vector<int64_t>& shape) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t axis = shape.size(); axis-- > 1;) {
    if (__builtin_mul_overflow(strides[axis], shape[axis], &strides[axis - 1])) {
      strides[axis - 1] = -1;
      break;
    }
  }
  return strides;
}

// Walks the elements in row-major order, the innermost axis in one go.
template <size_t kSize>
std::byte* copy_axis(const StridedTensor& tensor, size_t axis, const std::byte* from,
                     std::byte* to) {
  const int64_t count = tensor.shape[axis], stride = tensor.strides[axis];
  for (int64_t i = 0; i < count; ++i, from += stride * static_cast<int64_t>(kSize)) {
    if (axis + 1 < tensor.shape.size()) {
      to = copy_axis<kSize>(tensor, axis + 1, from, to);
    } else {
      std::memcpy(to, from, kSize);
      to += kSize;
    }
  }
  return to;
}

}  // namespace

int64_t StridedTensor::elements() const {
  if (std::ranges::find(shape, 0) != shape.end()) return 0;
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

bool StridedTensor::is_contiguous() const {
  int64_t expected = 1;
  for (size_t axis = shape.size(); axis-- > 0; expected *= shape[axis]) {
    if (shape[axis] != 1 && strides[axis] != expected) return false;
  }
  return true;
}

StridedTensor dense_tensor(std::string name, Dtype dtype, std::vector<int64_t> shape,
                           std::span<const std::byte> bytes) {
  std::vector<int64_t> strides = row_major_strides(shape);
  return {.name = std::move(name),
          .dtype = dtype,
          .shape = std::move(shape),
          .strides = std::move(strides),
          .offset = 0,
          .storage = bytes};
}

void check_strided(const StridedTensor& tensor, std::string_view where) {
  const auto stored = static_cast<int64_t>(tensor.storage.size() / dtype_size(tensor.dtype));
  const auto refuse = [&](std::string_view why) {
    fail(
        "{}: tensor '{}' of shape [{}] and strides [{}] from element {}: {} the {} elements that "
        "are stored; refused",
        where, tensor.name, fmt::join(tensor.shape, ", "), fmt::join(tensor.strides, ", "),
        tensor.offset, why, stored);
  };
  if (tensor.shape.size() != tensor.strides.size())
    refuse("as many strides as axes are expected in");
  if (tensor.offset < 0) refuse("it begins before");
  int64_t last = tensor.offset, elements = 1;
  bool empty = false;
  for (size_t axis = 0; axis < tensor.shape.size(); ++axis) {
    const int64_t size = tensor.shape[axis], stride = tensor.strides[axis];
    if (size < 0 || stride < 0) refuse("sizes and strides >= 0 are expected in");
    empty = empty || size == 0;
    int64_t reach = 0;
    if (size > 0 && (__builtin_mul_overflow(size - 1, stride, &reach) ||
                     __builtin_add_overflow(last, reach, &last))) {
      refuse("it reaches beyond");
    }
    if (!empty && __builtin_mul_overflow(elements, size, &elements)) refuse("it has more than");
  }
  if (empty) return;
  if (last >= stored) refuse("it reaches beyond");
  if (elements > stored) refuse("it has more elements, by repetition, than");
}

void copy_elements(const StridedTensor& tensor, std::byte* to) {
  const size_t size = dtype_size(tensor.dtype);
  const int64_t count = tensor.elements();
  if (count == 0) return;
  const std::byte* from = tensor.storage.data() + static_cast<size_t>(tensor.offset) * size;
  if (tensor.is_contiguous()) {
    std::memcpy(to, from, static_cast<size_t>(count) * size);
    return;
  }
  switch (size) {
    case 8:
      copy_axis<8>(tensor, 0, from, to);
      return;
    case 4:
      copy_axis<4>(tensor, 0, from, to);
      return;
    case 2:
      copy_axis<2>(tensor, 0, from, to);
      return;
    default:
      copy_axis<1>(tensor, 0, from, to);
  }
}

const StridedTensor* StoredCheckpoint::find(std::string_view name) const {
  const auto found = std::ranges::find(tensors, name, &StridedTensor::name);
  return found == tensors.end() ? nullptr : &*found;
}

}  // namespace saltus
