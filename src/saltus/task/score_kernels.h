// Losses and mistakes off logits, one table for each instruction set.
#pragma once

#include <cstdint>

#include "saltus/base/isa.h"

namespace saltus {

struct ScoreSums {
  double loss = 0;   // cross-entropy in nats; not finite where a logit is not
  double wrong = 0;  // images whose largest logit, the first of equals, is not their label's
};

struct ScoreKernels {
  // Sums over n images. logits [classes, n], a class's row `stride` floats after the one before;
  // labels [n], 0 .. classes - 1.
  ScoreSums (*sum)(const float* logits, int64_t classes, int64_t stride, const int64_t* labels,
                   int64_t n);
};

const ScoreKernels& score_kernels(Isa isa);

}  // namespace saltus
