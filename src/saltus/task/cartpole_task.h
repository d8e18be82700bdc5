// The cart-pole task: policies are Gaussian actors 4-32-32-1 (1,250 parameters), the metric is the
// return.
#pragma once

#include <memory>

#include "saltus/task/task.h"

namespace saltus {

std::shared_ptr<const Task> make_cartpole();

// log_std of fresh networks, log 0.5: a deviation of exp(2 log 0.5) = 0.25.
inline constexpr float kCartpoleStartLogStd = -0.693147181f;

}  // namespace saltus
