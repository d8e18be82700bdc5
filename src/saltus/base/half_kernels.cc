#include "saltus/base/half_kernels.h"

namespace saltus {

namespace isa_baseline {
extern const HalfKernels kHalfKernels;
}
#if defined(__x86_64__)
namespace isa_avx2 {
extern const HalfKernels kHalfKernels;
}
namespace isa_avx512 {
extern const HalfKernels kHalfKernels;
}
#endif

const HalfKernels& half_kernels(Isa isa) {
  switch (isa) {
#if defined(__x86_64__)
    case Isa::avx2:
      return isa_avx2::kHalfKernels;
    case Isa::avx512:
      return isa_avx512::kHalfKernels;
#endif
    default:
      return isa_baseline::kHalfKernels;
  }
}

}  // namespace saltus
