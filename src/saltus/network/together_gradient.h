// Gradients of K networks at once, by automatic differentiation.
#pragma once

#include <functional>
#include <memory>

#include "saltus/network/lockstep_gradient.h"

namespace saltus {

// Packed: one tensor [K, P]. `outputs`: networks theta [K, P] and inputs [B, I] -> what they
// answer, [K, outputs, B], differentiable.
std::unique_ptr<LockstepGradient> make_together_gradient(
    std::function<at::Tensor(const at::Tensor& theta, const at::Tensor& inputs)> outputs);

}  // namespace saltus
