#include "saltus/task/score_kernels.h"

namespace saltus {

namespace isa_baseline {
extern const ScoreKernels kScoreKernels;
}
#if defined(__x86_64__)
namespace isa_avx2 {
extern const ScoreKernels kScoreKernels;
}
namespace isa_avx512 {
extern const ScoreKernels kScoreKernels;
}
#endif

const ScoreKernels& score_kernels(Isa isa) {
  switch (isa) {
#if defined(__x86_64__)
    case Isa::avx2:
      return isa_avx2::kScoreKernels;
    case Isa::avx512:
      return isa_avx512::kScoreKernels;
#endif
    default:
      return isa_baseline::kScoreKernels;
  }
}

}  // namespace saltus
