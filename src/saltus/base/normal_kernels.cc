#include "saltus/base/normal_kernels.h"

#include "saltus/base/kernel_table.h"

namespace saltus {

SALTUS_KERNEL_TABLE(NormalKernels, kNormalKernels)

const NormalKernels& normal_kernels(Isa isa) { return choose_kNormalKernels(isa); }

}  // namespace saltus
