// Gradients of K networks of one architecture on one mini-batch.
#pragma once

#include <torch/types.h>

#include <functional>
#include <memory>
#include <vector>

#include "saltus/network/architecture.h"

namespace saltus {

// The parameters of K networks, or their gradients, in the memory layout a method wants: contiguous
// tensors that hold all K * P of them, besides perhaps zeros whose gradient is 0. An elementwise
// optimiser need not know more.
using PackedNetworks = std::vector<at::Tensor>;

// What is asked of networks, by its slope: writes the derivative of each network's objective with
// respect to its outputs [k, outputs, B] into `slope`, of the same shape, for some k of the K.
using OutputSlope = std::function<void(const at::Tensor& outputs, at::Tensor& slope)>;

// Of the mean cross-entropy over the batch, for labels [B] int64.
OutputSlope cross_entropy_slope(const at::Tensor& labels);

// Holds buffers: one a thread. Each network has its own objective, so gradients of different
// networks do not mix.
class LockstepGradient {
 public:
  virtual ~LockstepGradient() = default;

  virtual PackedNetworks pack(const at::Tensor& theta) const = 0;     // [K, P], copied
  virtual at::Tensor unpack(const PackedNetworks& packed) const = 0;  // a new [K, P]

  // Overwrites `gradients` (shaped as theta) by those of the objective on inputs [B, I]. `slope` is
  // called for the networks in order, one or more a time. A parameter that the outputs do not
  // depend on gets 0.
  virtual void evaluate(const PackedNetworks& theta, const at::Tensor& inputs,
                        const OutputSlope& slope, PackedNetworks& gradients) = 0;

  // Whether a network's rounding can depend on how many others there are, so that equal bits need
  // equal K and the same place among them.
  virtual bool rounding_depends_on_company() const = 0;
};

struct LockstepOptions {
  at::ScalarType convolutions = at::kFloat;  // what a ConvNet's convolutions compute in
  at::Device device = at::kCPU;              // where theta, inputs and gradients lie
  bool sparse_inputs = false;  // most of an input is background (network/sparse_inputs.h)
};

// The fastest method that knows the architecture, which must outlive it. What an option does not
// concern ignores it.
std::unique_ptr<LockstepGradient> make_lockstep_gradient(const Architecture& architecture,
                                                         const LockstepOptions& options = {});

}  // namespace saltus
