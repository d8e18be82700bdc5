#include "saltus/task/cartpole_kernels.h"

namespace saltus {

namespace isa_baseline {
extern const CartpoleKernels kCartpoleKernels;
}
#if defined(__x86_64__)
namespace isa_avx2 {
extern const CartpoleKernels kCartpoleKernels;
}
namespace isa_avx512 {
extern const CartpoleKernels kCartpoleKernels;
}
#endif

const CartpoleKernels& cartpole_kernels(Isa isa) {
  switch (isa) {
#if defined(__x86_64__)
    case Isa::avx2:
      return isa_avx2::kCartpoleKernels;
    case Isa::avx512:
      return isa_avx512::kCartpoleKernels;
#endif
    default:
      return isa_baseline::kCartpoleKernels;
  }
}

}  // namespace saltus
