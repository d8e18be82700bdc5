// Networks with measured metrics: what a critic learns from, and starts that no run has.
#pragma once

#include <torch/types.h>

#include <functional>
#include <string>
#include <vector>

#include "saltus/base/job.h"
#include "saltus/zoo/zoo.h"

namespace saltus {

struct MeasuredNetworks {
  at::Tensor theta, metric;  // [n, P], [n, M], float32; undefined: none
  int64_t size() const { return theta.defined() ? theta.size(0) : 0; }
};

// theta [n, P], seed -> the conditioning metrics, [n, M] float32; worth nothing once job.stopped().
using MeasureFunction =
    std::function<at::Tensor(const at::Tensor& theta, uint64_t seed, const Job& job)>;
// The start network of (seed, index), [P], as a population would draw it.
using FreshFunction =
    std::function<std::vector<float>(const std::string& scheme, uint64_t seed, uint64_t index)>;

// `count` start networks, the schemes in turn; to be thrown away where job.stopped().
MeasuredNetworks draw_fresh_networks(const std::vector<std::string>& schemes, int64_t count,
                                     const FreshFunction& fresh, const MeasureFunction& measure,
                                     uint64_t seed, const Job& job);

// All checkpoints of the given runs, with one metric of the zoo.
MeasuredNetworks measured_networks(const Zoo& zoo, const std::vector<int64_t>& runs, size_t metric);

}  // namespace saltus
