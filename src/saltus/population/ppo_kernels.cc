#include "saltus/population/ppo_kernels.h"

#include "saltus/base/error.h"

namespace saltus {

namespace isa_baseline {
extern const PpoKernels kPpoKernels16, kPpoKernels32;
}
#if defined(__x86_64__)
namespace isa_avx2 {
extern const PpoKernels kPpoKernels16, kPpoKernels32;
}
namespace isa_avx512 {
extern const PpoKernels kPpoKernels16, kPpoKernels32;
}
#endif

const PpoKernels& ppo_kernels(Isa isa, int64_t critic_units) {
  check(critic_units == 16 || critic_units == 32, "kernels exist for critics of 16 and 32 units");
  const bool small = critic_units == 16;
  switch (isa) {
#if defined(__x86_64__)
    case Isa::avx2:
      return small ? isa_avx2::kPpoKernels16 : isa_avx2::kPpoKernels32;
    case Isa::avx512:
      return small ? isa_avx512::kPpoKernels16 : isa_avx512::kPpoKernels32;
#endif
    default:
      return small ? isa_baseline::kPpoKernels16 : isa_baseline::kPpoKernels32;
  }
}

}  // namespace saltus
