#include "saltus/network/sparse_product_kernels.h"

#include "saltus/base/kernel_table.h"

namespace saltus {

SALTUS_KERNEL_TABLE(SparseProductKernels, kSparseProductKernels)

const SparseProductKernels& sparse_product_kernels(Isa isa) {
  return choose_kSparseProductKernels(isa);
}

}  // namespace saltus
