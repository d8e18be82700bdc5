// Convolution kernels by their frequencies: the discrete cosine transform over a kernel's places,
// and over the channels of a first layer, whose order is fixed (of colours: grey, red against blue,
// green against both). Neighbouring inputs are alike, so nearly all that a kernel answers comes
// from its mean; by places a generator learns the mean and little else, by frequencies each at its
// own rate.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "saltus/network/layout.h"

namespace saltus {

class KernelCosines {
 public:
  struct Kernel {
    size_t tensor = 0;      // index into the layout, of a weight [out, in, height, width]
    bool channels = false;  // transformed over `in` as well
  };

  KernelCosines() = default;  // of no kernel: changes nothing
  // All kernels of the layout. An axis that belongs to a unit group is left alone.
  KernelCosines(const Layout& layout, const Symmetry& symmetry);

  const std::vector<Kernel>& kernels() const { return kernels_; }

  // Vectors of the layout [B, D] -> the same with kernels by frequency. Orthonormal.
  at::Tensor apply(const at::Tensor& x) const { return transformed(x, false); }
  at::Tensor undo(const at::Tensor& x) const { return transformed(x, true); }

 private:
  at::Tensor transformed(const at::Tensor& x, bool back) const;

  Layout layout_;
  std::vector<Kernel> kernels_;
};

}  // namespace saltus
