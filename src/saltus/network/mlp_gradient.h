// Gradients of K multi-layer perceptrons by hand. They share the mini-batch, so the first layer of
// all of them is one matrix product [K * U, I] x [I, B], and so is its gradient; the small layers
// behind it are batched products.
#pragma once

#include <memory>

#include "saltus/network/architecture.h"
#include "saltus/network/lockstep_gradient.h"

namespace saltus {

// Packed: one tensor [K * P], in which each tensor of the layout stands for all networks in turn:
// element i of tensor t of network k is at K * offset(t) + k * size(t) + i. So the first layer is a
// matrix [K * U, I] where it lies. float32 or float64.
//
// With `sparse_inputs` (float32 on the CPU) enough first-layer rows are packed apart from the rest,
// as a second tensor of weight_tiles; products with them leave out what is the inputs' background
// (network/sparse_inputs.h).
std::unique_ptr<LockstepGradient> make_mlp_gradient(const MlpConfig& config,
                                                    bool sparse_inputs = false);

}  // namespace saltus
