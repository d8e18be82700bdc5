// A critic: a small network that reads a target network's function on fixed inputs and predicts
// its metric, differentiably and without a simulator. Used as a loss while a generator is trained
// (the prompted metric gets a gradient) and to choose among candidates at update time.
#pragma once

#include <torch/torch.h>

#include <filesystem>
#include <memory>

#include "saltus/generator/generator.h"
#include "saltus/network/architecture.h"
#include "saltus/network/metric.h"
#include "saltus/network/probes.h"

namespace saltus {

class Critic : public torch::nn::Module {
 public:
  // probes.fixed, .transform: as for token features (may be undefined); `inputs` [n, I]: further
  // inputs to answer.
  Critic(std::shared_ptr<const Architecture> architecture, const Metric& metric,
         const Probes& probes, const at::Tensor& inputs, int64_t width, uint64_t seed);

  at::Tensor features(const at::Tensor& theta) const;  // [K, P] -> [K, F]
  // Predicted metric in its own unit, [K].
  at::Tensor metric_of_features(const at::Tensor& features);  // [K, F]
  at::Tensor predict(const at::Tensor& theta);                // [K, P]
  // Standardises features by the mean and deviation of `features` [n, F].
  void set_scales(const at::Tensor& features);

  const Metric& metric() const { return metric_; }
  torch::nn::Sequential& net_module() { return net; }  // what is trained
  Json describe() const;                               // what load needs besides the tensors

  void save(const std::filesystem::path& file, const Json& made_by) const;
  static std::shared_ptr<Critic> load(const std::filesystem::path& file);

 private:
  std::shared_ptr<const Architecture> architecture_;
  Metric metric_;
  int64_t width_;
  bool squash_;
  std::vector<int64_t> scalars_;  // positions in θ that belong to no weight: log_std
  at::Tensor probe_inputs_, probe_transform_, inputs_, mean_, deviation_;  // buffers
  torch::nn::Sequential net{nullptr};
};

struct ChosenUpdate {
  at::Tensor theta;      // [K, P]
  at::Tensor predicted;  // [K] the critic's metric of the chosen candidate
};

// For every row of the request samples `candidates` networks with prompts spread by ±`spread`
// (in the metric's unit, clamped to the generator's range) and keeps the one whose predicted
// metric is nearest to the prompt. No simulator. candidates × evaluations of the generator.
ChosenUpdate update_with_critic(const Generator& generator, Critic& critic,
                                const UpdateRequest& request, const SamplerConfig& sampler,
                                int64_t candidates, double spread);

}  // namespace saltus
