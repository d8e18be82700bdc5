#include "saltus/task/score_kernels.h"

#include "saltus/base/kernel_table.h"

namespace saltus {

SALTUS_KERNEL_TABLE(ScoreKernels, kScoreKernels)

const ScoreKernels& score_kernels(Isa isa) { return choose_kScoreKernels(isa); }

}  // namespace saltus
