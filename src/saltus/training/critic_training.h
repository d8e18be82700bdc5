// Trains a critic on a zoo's networks, and refines it on networks a generator made.
#pragma once

#include <functional>
#include <memory>

#include "saltus/base/job.h"
#include "saltus/generator/critic.h"
#include "saltus/zoo/zoo.h"

namespace saltus {

struct CriticConfig {
  int64_t steps = 4000;
  int64_t batch = 256;
  double learning_rate = 2e-3;
  double weight_decay = 0.02;
  int64_t width = 256;
  int64_t inputs = 96;  // drawn states whose outputs are features
  void declare(Options& options);
};

// Networks with measured metrics that a critic learns from: parameters [n, P], metric [n].
struct MeasuredNetworks {
  at::Tensor theta, metric;
};

// All checkpoints of the given runs.
MeasuredNetworks measured_networks(const Zoo& zoo, const std::vector<int64_t>& runs, size_t metric);

// A critic trained on `zoo_networks` (batches even in the metric) and, when it has rows, half of
// every batch on `generated`. Same arguments, same weights.
std::shared_ptr<Critic> train_critic(const CriticConfig& config,
                                     std::shared_ptr<const Architecture> architecture,
                                     const Metric& metric, const Probes& probes,
                                     const MeasuredNetworks& zoo_networks,
                                     const MeasuredNetworks& generated, uint64_t seed,
                                     const Job& job);

}  // namespace saltus
