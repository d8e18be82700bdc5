#include "saltus/exchange/source_layout.h"

#include <algorithm>

#include "saltus/base/error.h"
#include "saltus/formats/numbers.h"

namespace saltus {
namespace {

bool is_parameter(const StridedTensor& tensor, const std::vector<std::string>& exclude) {
  return is_float(tensor.dtype) && tensor.elements() > 0 &&
         std::ranges::find(exclude, tensor.name) == exclude.end();
}

std::string axes_text(const std::vector<int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

}  // namespace

Layout layout_of(const StoredCheckpoint& checkpoint, const std::vector<std::string>& exclude) {
  std::vector<TensorSpec> tensors;
  for (const StridedTensor& tensor : checkpoint.tensors) {
    if (is_parameter(tensor, exclude)) {
      tensors.push_back({.name = tensor.name, .shape = tensor.shape});
    }
  }
  return Layout(std::move(tensors));
}

void copy_parameters(const StoredCheckpoint& checkpoint, const Layout& layout,
                     const std::vector<std::string>& exclude, std::string_view where,
                     std::span<float> theta) {
  std::vector<std::string> faults;
  size_t place = 0, used = 0;
  for (const TensorSpec& spec : layout.tensors()) {
    // Files of one source mostly have their tensors in one order.
    const StridedTensor* tensor = nullptr;
    while (place < checkpoint.tensors.size() && tensor == nullptr) {
      const StridedTensor& next = checkpoint.tensors[place];
      if (next.name == spec.name) tensor = &next;
      if (next.name != spec.name && is_parameter(next, exclude)) break;
      ++place;
    }
    if (tensor == nullptr) tensor = checkpoint.find(spec.name);
    if (tensor == nullptr) {
      faults.push_back(fmt::format("{} {} is missing", spec.name, axes_text(spec.shape)));
      continue;
    }
    ++used;
    if (tensor->shape != spec.shape || !is_float(tensor->dtype)) {
      faults.push_back(fmt::format("{}: expected floats {}, found {} {}", spec.name,
                                   axes_text(spec.shape), dtype_name(tensor->dtype),
                                   axes_text(tensor->shape)));
      continue;
    }
    copy_floats(*tensor,
                theta.subspan(static_cast<size_t>(spec.offset), static_cast<size_t>(spec.size)));
  }
  const auto there = static_cast<size_t>(std::ranges::count_if(
      checkpoint.tensors, [&](const auto& tensor) { return is_parameter(tensor, exclude); }));
  if (there > used) {
    for (const StridedTensor& tensor : checkpoint.tensors) {
      const bool known = std::ranges::find(layout.tensors(), tensor.name, &TensorSpec::name) !=
                         layout.tensors().end();
      if (!known && is_parameter(tensor, exclude)) {
        faults.push_back(fmt::format("{} {} is unexpected", tensor.name, axes_text(tensor.shape)));
      }
    }
  }
  if (faults.empty()) return;
  if (faults.size() > 5) faults.resize(5), faults.emplace_back("...");
  fail("{}: other tensors than the other checkpoints': {}", where, fmt::join(faults, "; "));
}

}  // namespace saltus
