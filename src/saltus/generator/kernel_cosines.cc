#include "saltus/generator/kernel_cosines.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <numbers>

namespace saltus {
namespace {

// The orthonormal DCT-II of n numbers: row k is frequency k.
at::Tensor cosine_transform(int64_t n) {
  const at::Tensor places =
      (at::arange(n, at::kDouble) + 0.5) * (std::numbers::pi / static_cast<double>(n));
  const at::Tensor rows = at::outer(at::arange(n, at::kDouble), places).cos();
  return rows / rows.norm(2, 1, true);
}

}  // namespace

KernelCosines::KernelCosines(const Layout& layout, const Symmetry& symmetry) {
  for (size_t t = 0; t < layout.tensors().size(); ++t) {
    const TensorSpec& weight = layout.tensors()[t];
    if (weight.shape.size() != 4) continue;
    int64_t last_unit_axis = 0;
    for (const UnitGroup& group : symmetry.groups()) {
      for (const UnitAxis& axis : group.axes) {
        if (axis.tensor == t) last_unit_axis = std::max(last_unit_axis, axis.axis);
      }
    }
    if (last_unit_axis > 1) continue;
    at::Tensor transform = at::ones({1, 1}, at::kDouble);
    for (size_t axis = static_cast<size_t>(last_unit_axis) + 1; axis < 4; ++axis) {
      transform = at::kron(transform, cosine_transform(weight.shape[axis]));
    }
    kernels_.push_back({weight, transform.to(at::kFloat)});
  }
}

void KernelCosines::move_to(at::Device device) {
  for (Kernel& kernel : kernels_) kernel.transform = kernel.transform.to(device);
}

at::Tensor KernelCosines::transformed(const at::Tensor& x, bool back) const {
  if (kernels_.empty()) return x;
  std::vector<at::Tensor> parts;
  int64_t done = 0;
  for (const Kernel& kernel : kernels_) {
    const TensorSpec& weight = kernel.weight;
    parts.push_back(x.narrow(1, done, weight.offset - done));
    const at::Tensor rows =
        x.narrow(1, weight.offset, weight.size).reshape({x.size(0), -1, kernel.frequencies()});
    const at::Tensor& transform = kernel.transform;
    parts.push_back(at::matmul(rows, back ? transform : transform.t()).flatten(1));
    done = weight.offset + weight.size;
  }
  parts.push_back(x.narrow(1, done, x.size(1) - done));
  return at::cat(parts, 1);
}

}  // namespace saltus
