#include "saltus/formats/numbers.h"

#include <algorithm>
#include <cstring>

#include "saltus/base/error.h"
#include "saltus/base/half_kernels.h"

namespace saltus {
namespace {

template <typename From, typename To>
void convert_elements(const std::byte* from, std::span<To> to) {
  for (size_t i = 0; i < to.size(); ++i) {
    From value;
    std::memcpy(&value, from + i * sizeof value, sizeof value);
    to[i] = static_cast<To>(value);
  }
}

template <typename To>
void convert_dense(Dtype dtype, const std::byte* from, std::span<To> to) {
  switch (dtype) {
    case Dtype::F64:
      return convert_elements<double>(from, to);
    case Dtype::F32:
      return convert_elements<float>(from, to);
    case Dtype::I64:
      return convert_elements<int64_t>(from, to);
    case Dtype::I32:
      return convert_elements<int32_t>(from, to);
    case Dtype::I16:
      return convert_elements<int16_t>(from, to);
    case Dtype::I8:
      return convert_elements<int8_t>(from, to);
    case Dtype::U8:
    case Dtype::BOOL:
      return convert_elements<uint8_t>(from, to);
    case Dtype::F16:
    case Dtype::BF16: {
      const HalfKernels& kernels = half_kernels(selected_isa());
      const auto widen = dtype == Dtype::F16 ? kernels.widen_f16 : kernels.widen_bf16;
      if constexpr (std::is_same_v<To, float>) {
        return widen(from, to.data(), static_cast<int64_t>(to.size()));
      } else {
        std::vector<float> wide(to.size());
        widen(from, wide.data(), static_cast<int64_t>(wide.size()));
        std::ranges::copy(wide, to.begin());
        return;
      }
    }
  }
}

// Calls body with the elements side by side, aligned to their size: where they lie, if they do.
template <typename Body>
void with_dense(const StridedTensor& tensor, Body&& body) {
  const size_t size = dtype_size(tensor.dtype);
  const std::byte* from = tensor.storage.data() + static_cast<size_t>(tensor.offset) * size;
  const bool aligned = reinterpret_cast<uintptr_t>(from) % size == 0;
  if (aligned && tensor.is_contiguous()) return body(from);
  std::vector<std::byte> dense(static_cast<size_t>(tensor.elements()) * size);
  copy_elements(tensor, dense.data());
  body(dense.data());
}

}  // namespace

bool is_float(Dtype dtype) {
  return dtype == Dtype::F64 || dtype == Dtype::F32 || dtype == Dtype::F16 || dtype == Dtype::BF16;
}

void copy_floats(const StridedTensor& tensor, std::span<float> to) {
  check(static_cast<int64_t>(to.size()) == tensor.elements(), "copy_floats: size of `to`");
  if (to.empty()) return;
  with_dense(tensor, [&](const std::byte* from) { convert_dense<float>(tensor.dtype, from, to); });
}

std::vector<float> floats_of(const StridedTensor& tensor) {
  std::vector<float> values(static_cast<size_t>(tensor.elements()));
  copy_floats(tensor, values);
  return values;
}

std::vector<double> numbers_of(const StridedTensor& tensor) {
  std::vector<double> values(static_cast<size_t>(tensor.elements()));
  if (values.empty()) return values;
  with_dense(tensor,
             [&](const std::byte* from) { convert_dense<double>(tensor.dtype, from, values); });
  return values;
}

}  // namespace saltus
