#include "saltus/task/cartpole_kernels.h"

#include "saltus/base/kernel_table.h"

namespace saltus {

SALTUS_KERNEL_TABLE(CartpoleKernels, kCartpoleKernels)

const CartpoleKernels& cartpole_kernels(Isa isa) { return choose_kCartpoleKernels(isa); }

}  // namespace saltus
