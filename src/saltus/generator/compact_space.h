// The coordinates of a target network in which the `default` preset works.
//
// A unit of a first layer over many inputs has a weight for each, most of which hardly matter: its
// row [w, b] is seen along the leading directions of the second moment of [x, 1] alone, and what
// lies outside them only shrinks (weight decay) in proportion to the start, by one number a
// network. Convolution kernels may be taken by their frequencies (kernel_cosines.h). Rows over few
// inputs, and everything else, are taken as they are.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <optional>

#include "saltus/generator/kernel_cosines.h"
#include "saltus/network/layout.h"

namespace saltus {

struct InputDirections {
  at::Tensor basis;     // [inputs + 1, d], orthonormal columns, most important first
  at::Tensor variance;  // [d] second moment along each
};

// The d leading directions of the second moment of [x, 1] over inputs x [N, I].
InputDirections input_directions(const at::Tensor& inputs, int64_t d);

class CompactSpace {
 public:
  // directions: how many of the first layer's; 0, or no fewer than it has: all as they are.
  CompactSpace(const Layout& layout, const Symmetry& symmetry, int64_t directions,
               bool kernel_cosines = false);

  // Of the compact vector, D floats. A rotated layer keeps its weight's name, [units, d], has no
  // bias, and a tensor "rest" [1] stands at the end.
  const Layout& layout() const { return layout_; }
  const Symmetry& symmetry() const { return symmetry_; }
  // Inputs of the rotated layer; absent: no layer is, and `basis` below may be undefined.
  std::optional<int64_t> inputs() const { return inputs_; }
  const KernelCosines& cosines() const { return cosines_; }
  void move_to(at::Device device) { cosines_.move_to(device); }  // where θ lies from then on

  // The network alone [B, P] -> [B, D]; "rest" is the rms of what lies outside the directions.
  at::Tensor coordinates(const at::Tensor& theta, const at::Tensor& basis) const;
  // target - start [B, D]; "rest" is the share by which the start's outside grew (mostly < 0).
  at::Tensor difference(const at::Tensor& target, const at::Tensor& start,
                        const at::Tensor& basis) const;
  // Of vectors x [B, D]: what does not depend on the order of units, the root mean squares of each
  // tensor over its units' axes. [B, S]; undefined where nothing has units. Its slope fades below
  // 0.01.
  at::Tensor over_units(const at::Tensor& x) const;
  // start moved by a difference: [B, P].
  at::Tensor move(const at::Tensor& start, const at::Tensor& difference,
                  const at::Tensor& basis) const;

 private:
  void rotate_first_layer(int64_t directions);     // in layout_ and symmetry_, where there is one
  at::Tensor rows(const at::Tensor& theta) const;  // [B, units, inputs + 1]
  at::Tensor others(const at::Tensor& theta) const;

  Layout layout_;
  Symmetry symmetry_;
  std::optional<int64_t> inputs_;
  KernelCosines cosines_;     // of layout_, or of nothing
  TensorSpec weight_, bias_;  // of the rotated layer, in θ
};

}  // namespace saltus
