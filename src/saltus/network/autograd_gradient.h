// Gradients of any architecture by automatic differentiation.
#pragma once

#include <functional>
#include <memory>

#include "saltus/network/lockstep_gradient.h"

namespace saltus {

// One network after another (OneByOneGradient). `architecture` must outlive the result.
std::unique_ptr<LockstepGradient> make_autograd_gradient(const Architecture& architecture);

// What networks theta [K, P] answer on inputs [B, I]: [K, outputs, B], differentiable.
using OutputFunction = std::function<at::Tensor(const at::Tensor& theta, const at::Tensor& inputs)>;

// All networks at once. Packed: one tensor [K, P].
std::unique_ptr<LockstepGradient> make_together_gradient(OutputFunction outputs);

}  // namespace saltus
