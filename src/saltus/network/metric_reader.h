// How training reads a network's metric, differentiably: off a critic, or off the task's own data.
#pragma once

#include <torch/types.h>

#include <functional>

#include "saltus/base/random.h"

namespace saltus {

// theta [B, P] -> the metric in its own unit [B]. May draw data.
using MetricReader = std::function<at::Tensor(const at::Tensor& theta, RandomStream& random)>;

}  // namespace saltus
