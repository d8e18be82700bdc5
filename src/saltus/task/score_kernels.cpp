// Compiled once for each instruction set (saltus_kernels in CMakeLists.txt): nothing but kernels.
#include "saltus/task/score_kernels.h"

#include <algorithm>
#include <cstring>

#include "saltus/base/lane_math.h"

namespace saltus::SALTUS_ISA {

namespace {

// Sixteen images' logits of one class, from memory of any alignment; lanes beyond `count` are 0.
SALTUS_INLINE Floats load_images(const float* logits, int64_t count) {
  alignas(64) float lanes[kLanes] = {};
  std::memcpy(lanes, logits, sizeof(float) * static_cast<size_t>(count));
  return load(lanes);
}

SALTUS_INLINE Floats as_floats(const Ints& x) { return bits_as<FloatPiece>(x); }

SALTUS_INLINE ScoreSums sum_sixteen(const float* logits, int64_t classes, int64_t stride,
                                    const int64_t* labels, int64_t count) {
  Floats best = load_images(logits, count);
  Ints answer = all(int32_t{0});
  const Floats zero = opaque(all(0.0f));
  Floats spoilt = best * zero;  // not a number where a logit is none, or infinite
  for (int64_t c = 1; c < classes; ++c) {
    const Floats x = load_images(logits + c * stride, count);
    const Ints larger = x > best;
    answer = bits_as<IntPiece>(
        select(larger, as_floats(all(static_cast<int32_t>(c))), as_floats(answer)));
    best = select(larger, x, best);
    spoilt = spoilt + x * zero;
  }
  Floats total = all(0.0f);
  for (int64_t c = 0; c < classes; ++c) {
    total = total + exp(load_images(logits + c * stride, count) - best);
  }
  alignas(64) float share[kLanes];
  alignas(64) int32_t answers[kLanes];
  store(share, log(total) + best + spoilt);
  store(answers, answer);
  ScoreSums sums;
  for (int64_t l = 0; l < count; ++l) {
    sums.loss += share[l] - logits[labels[l] * stride + l];
    sums.wrong += static_cast<double>(answers[l] != labels[l]);
  }
  return sums;
}

ScoreSums sum(const float* logits, int64_t classes, int64_t stride, const int64_t* labels,
              int64_t n) {
  ScoreSums sums;
  const auto add = [&](int64_t i, int64_t count) __attribute__((always_inline)) {
    const ScoreSums some = sum_sixteen(logits + i, classes, stride, labels + i, count);
    sums.loss += some.loss;
    sums.wrong += some.wrong;
  };
  const int64_t whole = n / kLanes * kLanes;
  for (int64_t i = 0; i < whole; i += kLanes) add(i, kLanes);
  if (n > whole) add(whole, n - whole);
  return sums;
}

}  // namespace

extern const ScoreKernels kScoreKernels;
const ScoreKernels kScoreKernels = {.sum = sum};

}  // namespace saltus::SALTUS_ISA
