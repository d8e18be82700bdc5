#include "saltus/generator/kernel_cosines.h"

#include <ATen/Functions.h>

#include <cmath>
#include <numbers>

namespace saltus {
namespace {

// The orthonormal DCT-II of n numbers: row k is frequency k.
at::Tensor cosine_transform(int64_t n) {
  const at::Tensor place = (at::arange(n, at::kDouble) + 0.5) * (std::numbers::pi / n);
  const at::Tensor rows = at::outer(at::arange(n, at::kDouble), place).cos();
  return (rows / rows.norm(2, 1, true)).to(at::kFloat);
}

// x with axis `axis` transformed.
at::Tensor along(const at::Tensor& x, int64_t axis, bool back) {
  const at::Tensor transform = cosine_transform(x.size(axis));
  return at::matmul(x.transpose(axis, -1), back ? transform : transform.t()).transpose(axis, -1);
}

}  // namespace

KernelCosines::KernelCosines(const Layout& layout, const Symmetry& symmetry) : layout_(layout) {
  for (size_t t = 0; t < layout.tensors().size(); ++t) {
    if (layout.tensors()[t].shape.size() != 4) continue;
    Kernel kernel{.tensor = t, .channels = true};
    bool places_free = true;
    for (const UnitGroup& group : symmetry.groups()) {
      for (const UnitAxis& axis : group.axes) {
        if (axis.tensor != t) continue;
        if (axis.axis == 1) kernel.channels = false;
        if (axis.axis > 1) places_free = false;
      }
    }
    if (places_free) kernels_.push_back(kernel);
  }
}

at::Tensor KernelCosines::transformed(const at::Tensor& x, bool back) const {
  if (kernels_.empty()) return x;
  std::vector<at::Tensor> parts;
  int64_t done = 0;
  for (const Kernel& kernel : kernels_) {
    const TensorSpec& spec = layout_.tensors()[kernel.tensor];
    parts.push_back(x.narrow(1, done, spec.offset - done));
    at::Tensor own =
        x.narrow(1, spec.offset, spec.size)
            .view({x.size(0), spec.shape[0], spec.shape[1], spec.shape[2], spec.shape[3]});
    for (int64_t axis = kernel.channels ? 2 : 3; axis <= 4; ++axis) own = along(own, axis, back);
    parts.push_back(own.flatten(1));
    done = spec.offset + spec.size;
  }
  parts.push_back(x.narrow(1, done, x.size(1) - done));
  return at::cat(parts, 1);
}

}  // namespace saltus
