// Convolution kernels by their frequencies: the discrete cosine transform over a kernel's places,
// and over the channels of a first layer, whose order is fixed (of colours: grey, red against blue,
// green against both). Neighbouring inputs are alike, so what a kernel answers comes mostly from
// its mean; by places every weight's gradient is mostly the mean's, by frequencies each has its
// own.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "saltus/network/layout.h"

namespace saltus {

class KernelCosines {
 public:
  struct Kernel {
    TensorSpec weight;     // [out, in, height, width]
    at::Tensor transform;  // [F, F], row f is frequency f; F = height width, or in height width
    int64_t frequencies() const { return transform.size(0); }
  };

  KernelCosines() = default;  // of no kernel: changes nothing
  // All kernels of the layout. An axis that belongs to a unit group is left alone.
  KernelCosines(const Layout& layout, const Symmetry& symmetry);

  const std::vector<Kernel>& kernels() const { return kernels_; }

  // Vectors of the layout [B, D] -> the same with kernels by frequency. Orthonormal.
  at::Tensor apply(const at::Tensor& x) const { return transformed(x, false); }
  at::Tensor undo(const at::Tensor& x) const { return transformed(x, true); }
  void move_to(at::Device device);  // where x lies from then on

 private:
  at::Tensor transformed(const at::Tensor& x, bool back) const;

  std::vector<Kernel> kernels_;
};

}  // namespace saltus
