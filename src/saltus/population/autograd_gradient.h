// Gradients of any architecture by automatic differentiation, one network after another.
#pragma once

#include <memory>

#include "saltus/population/lockstep_gradient.h"

namespace saltus {

// Packed: K tensors [P]. A network's rounding does not depend on its company. `architecture` must
// outlive the result.
std::unique_ptr<LockstepGradient> make_autograd_gradient(const Architecture& architecture);

}  // namespace saltus
