// The `default` preset: a transformer over the hidden units of a target network, equivariant to
// their order, that predicts a whitened delta. Reasons and measurements: docs/method.md.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>
#include <vector>

#include "saltus/base/options.h"
#include "saltus/generator/compact_space.h"
#include "saltus/generator/denoiser.h"
#include "saltus/generator/neural_graph.h"
#include "saltus/generator/transformer.h"
#include "saltus/generator/unit_roles.h"
#include "saltus/generator/zoo_scales.h"
#include "saltus/network/architecture.h"
#include "saltus/network/metric.h"
#include "saltus/network/probes.h"

namespace saltus {

struct NeuralGraphConfig {
  int64_t width = 64;  // C
  int64_t layers = 3;
  int64_t heads = 4;
  int64_t rank = 16;               // of the edge head
  int64_t frequencies = 24;        // of the condition embedding, 2^0 .. 2^8
  int64_t input_directions = 160;  // kept of a first layer with more inputs; 0: all
  double output_weight = 3;        // loss weight of the output layer's weights, against 1
  // Shows x_t scaled by sqrt(ᾱ_t), the best linear guess of x0 for whitened x0: pure noise, which
  // says nothing, is hardly seen, so one evaluation depends on the start alone.
  bool scale_noised = false;
  bool kernel_cosines = false;  // see kernel_cosines.h
  bool unit_roles = false;      // see unit_roles.h
  // The head sees tokens standardised over the units of their layer, not what all have in common:
  // that is easiest to learn, and would drown what tells units apart.
  bool standardise_units = false;
  void declare(Options& options);
};

class NeuralGraphDenoiser : public Denoiser {
 public:
  // Probes may be empty (fixed undefined): no response features then. Weights are drawn from
  // `seed`; scales are 1 until set_statistics.
  NeuralGraphDenoiser(const NeuralGraphConfig& config,
                      std::shared_ptr<const Architecture> architecture, std::vector<Metric> metrics,
                      const Probes& probes, uint64_t seed);

  // Sets the first layer's directions, the scales, and those of the probe responses.
  void set_statistics(const ZooSample& sample);

  int64_t dimension() const override { return space_.layout().parameters(); }
  at::Tensor encode(const at::Tensor& target, const at::Tensor& start) const override;
  at::Tensor decode(const at::Tensor& x0, const at::Tensor& start) const override;
  at::Tensor predict(const at::Tensor& noised, const at::Tensor& start,
                     const Conditions& conditions) override;
  at::Tensor spectrum(const at::Tensor& theta) const override {
    return space_.over_units(space_.coordinates(theta, basis_) / delta_scale_);
  }
  at::Tensor loss_weights() const override { return loss_weights_; }
  void move_to(at::Device device) override;

 private:
  // What a network answers on the fixed probes, one tensor a group, then the outputs': scaled,
  // squashed by asinh. [B, units, F] each, the last [B, outputs * F].
  std::vector<at::Tensor> response_features(const at::Tensor& theta) const;
  std::vector<at::Tensor> raw_responses(const at::Tensor& theta) const;
  at::Tensor condition_features(const Conditions& conditions) const;  // [B, scalars (2 freq + 1)]
  at::Tensor tokens(const at::Tensor& noised, const at::Tensor& start_canonical,
                    const std::vector<at::Tensor>& responses, const Conditions& conditions);
  at::Tensor head(const at::Tensor& x);
  at::Tensor standardised(const at::Tensor& x) const;  // over the units of each group

  NeuralGraphConfig config_;
  std::shared_ptr<const Architecture> architecture_;
  std::vector<Metric> metrics_;
  CompactSpace space_;
  NeuralGraph graph_;  // of the space

  at::Tensor delta_scale_, start_scale_, loss_weights_;      // buffers [D]
  at::Tensor basis_;                                         // buffer, where the space has one
  at::Tensor probe_inputs_, probe_transform_, frequencies_;  // buffers
  at::Tensor noised_scale_;                   // [1000], not saved; undefined unless scale_noised
  std::vector<at::Tensor> response_scales_;   // buffers, [F] each
  at::Tensor gather_, scatter_, token_type_;  // index tensors, not saved

  torch::nn::Sequential condition{nullptr};
  torch::nn::ModuleList group_in{nullptr}, group_out{nullptr};
  std::vector<UnitRoles> roles_;  // one a group of units, or none
  torch::nn::Linear global_in{nullptr}, global_out{nullptr};
  at::Tensor type_embedding_;
  torch::nn::ModuleList blocks{nullptr};
  std::vector<std::vector<at::Tensor>>
      edge_bias_;  // [block][edge * 2 + direction]: [heads, 2F + 1]
  torch::nn::ModuleList edge_left{nullptr}, edge_right{nullptr};
  std::vector<at::Tensor> edge_core_;  // [edge]: [F, rank]
  torch::nn::LayerNorm norm{nullptr};
};

}  // namespace saltus
