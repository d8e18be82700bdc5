// Gradients of any architecture by automatic differentiation.
#pragma once

#include <memory>

#include "saltus/network/lockstep_gradient.h"

namespace saltus {

// One network after another (OneByOneGradient). `architecture` must outlive the result.
std::unique_ptr<LockstepGradient> make_autograd_gradient(const Architecture& architecture);

}  // namespace saltus
