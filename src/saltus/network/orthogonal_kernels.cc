#include "saltus/network/orthogonal_kernels.h"

#include "saltus/base/kernel_table.h"

namespace saltus {

SALTUS_KERNEL_TABLE(OrthogonalKernels, kOrthogonalKernels)

const OrthogonalKernels& orthogonal_kernels(Isa isa) { return choose_kOrthogonalKernels(isa); }

}  // namespace saltus
