// Trains a critic on a zoo's networks, and refines it on networks a generator made.
#pragma once

#include <memory>

#include "saltus/base/job.h"
#include "saltus/generator/critic.h"
#include "saltus/training/measured_networks.h"

namespace saltus {

struct CriticConfig {
  int64_t steps = 2000;
  int64_t batch = 256;
  double learning_rate = 2e-3;
  double weight_decay = 0.02;
  int64_t width = 256;
  int64_t refine_every = 1000;  // generator steps between fits to its measured samples; 0: never
  int64_t generated = 2048;     // samples of a fit
  int64_t refine_steps = 600;
  double refine_rate = 1e-3;
  int64_t inputs = 96;  // drawn states whose outputs are features
  void declare(Options& options);
};

// Holds what a critic learns from, so that it can be fitted again while a generator is trained.
class CriticTrainer {
 public:
  // `zoo`: checkpoints measured by `metric` (the first of their columns); with a mirror in the
  // probes, their mirror images too.
  CriticTrainer(const CriticConfig& config, std::shared_ptr<const Architecture> architecture,
                const Metric& metric, const Probes& probes, const MeasuredNetworks& zoo,
                uint64_t seed);

  // From its first weights, on the zoo, every part of the metric's range alike.
  void train(const Job& job);
  // From its present weights; half of every batch comes from `generated`. `round` numbers the
  // calls: a call is a pure function of the weights and its arguments.
  void refine(const MeasuredNetworks& generated, int64_t round, const Job& job);

  const std::shared_ptr<Critic>& critic() const { return critic_; }

 private:
  struct Rows {
    at::Tensor features, metric;
  };
  void fit(const Rows& generated, int64_t steps, double learning_rate, const std::string& stream,
           const Job& job);

  CriticConfig config_;
  uint64_t seed_;
  std::shared_ptr<Critic> critic_;
  Rows zoo_;
};

}  // namespace saltus
