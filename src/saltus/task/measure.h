// Chosen metrics of a stack of networks, as a tensor.
#pragma once

#include <torch/types.h>

#include <vector>

#include "saltus/task/task.h"

namespace saltus {

// theta [K, P] -> the given metrics [K, M] float32, measured by the task, and no others. Error when
// the task has no metric of that name.
at::Tensor measure_networks(const Task& task, const std::vector<Metric>& metrics,
                            const at::Tensor& theta, const EvaluateOptions& options,
                            const Job& job);

// Start networks [count, P], numbers first, first + 1, ... of the scheme's stream for `seed`.
at::Tensor draw_networks(const Task& task, const std::string& scheme, uint64_t seed, int64_t count,
                         int64_t first = 0);

}  // namespace saltus
