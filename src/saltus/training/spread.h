// How the updates of many starts should differ from one another: as the networks of many runs do.
#pragma once

#include <torch/types.h>

#include <vector>

#include "saltus/network/metric.h"

namespace saltus {

// What rows are told apart by, [B, F]: what they answer, `answers` [B, outputs, n], by its root
// mean square over the n inputs; how large their layers are, `spectrum` [B, S] (Denoiser::spectrum,
// may be undefined); and what was asked of them, `prompts` [B, M] of the metrics, NaN: nothing. So
// what is spread alike is spread alike at every prompt.
at::Tensor spread_features(const at::Tensor& answers, const at::Tensor& spectrum,
                           const std::vector<Metric>& metrics, const at::Tensor& prompts);

// The energy distance (Székely & Rizzo 2013) between the distributions that rows `found` [n, F] and
// `wanted` [m, F] are drawn from, as an unbiased estimate:
//   2 E|f - w| - E|f - f'| - E|w - w'|.
// In expectation it is least, and 0, where they are the same: rows are drawn to what is wanted and
// kept apart from one another. Row `own` + i of `found` is not compared with row i of `wanted`,
// which was made for it. n and m are 2 or more. Differentiable in `found`.
at::Tensor energy_distance(const at::Tensor& found, const at::Tensor& wanted, int64_t own);

}  // namespace saltus
