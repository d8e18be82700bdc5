// Metric's two coordinates over a batch of values, differentiable.
#pragma once

#include <torch/types.h>

#include <cmath>

#include "saltus/network/metric.h"

namespace saltus {

// Metric::linear.
inline at::Tensor linear_of(const Metric& metric, const at::Tensor& values) {
  return (values - metric.worst) / (metric.best - metric.worst);
}

// Metric::log_gap.
inline at::Tensor log_gap_of(const Metric& metric, const at::Tensor& values) {
  const at::Tensor gap = metric.maximise ? metric.best - values : values - metric.best;
  return at::log1p(gap.clamp_min(0) / metric.resolution) /
         std::log1p(std::abs(metric.best - metric.worst) / metric.resolution);
}

// Mean squared error of metrics in units of the range: `log_share` of it in the logarithmic
// coordinate, where differences near the best count most, the rest in the linear one.
inline at::Tensor metric_error(const Metric& metric, const at::Tensor& found,
                               const at::Tensor& wanted, double log_share) {
  const at::Tensor linear = (linear_of(metric, found) - linear_of(metric, wanted)).square().mean();
  if (log_share == 0) return linear;
  const at::Tensor log = (log_gap_of(metric, found) - log_gap_of(metric, wanted)).square().mean();
  return (1 - log_share) * linear + log_share * log;
}

}  // namespace saltus
