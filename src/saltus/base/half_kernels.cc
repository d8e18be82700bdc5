#include "saltus/base/half_kernels.h"

#include "saltus/base/kernel_table.h"

namespace saltus {

SALTUS_KERNEL_TABLE(HalfKernels, kHalfKernels)

const HalfKernels& half_kernels(Isa isa) { return choose_kHalfKernels(isa); }

}  // namespace saltus
