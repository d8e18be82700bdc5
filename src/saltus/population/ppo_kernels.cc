#include "saltus/population/ppo_kernels.h"

#include "saltus/base/error.h"
#include "saltus/base/kernel_table.h"

namespace saltus {

SALTUS_KERNEL_TABLE(PpoKernels, kPpoKernels16)
SALTUS_KERNEL_TABLE(PpoKernels, kPpoKernels32)

const PpoKernels& ppo_kernels(Isa isa, int64_t critic_units) {
  check(critic_units == 16 || critic_units == 32, "kernels exist for critics of 16 and 32 units");
  return critic_units == 16 ? choose_kPpoKernels16(isa) : choose_kPpoKernels32(isa);
}

}  // namespace saltus
