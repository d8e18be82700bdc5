#include "saltus/population/lockstep_optimizer.h"

#include <torch/torch.h>

namespace saltus {

LockstepOptimizer::LockstepOptimizer(const SupervisedConfig& config, const PackedNetworks& like)
    : config_(config) {
  const bool adamw = config_.optimizer == "adamw";
  for (const at::Tensor& part : like) {
    if (adamw || config_.momentum > 0) momentum_.push_back(at::zeros_like(part));
    if (adamw) square_.push_back(at::zeros_like(part));
  }
}

void LockstepOptimizer::step(PackedNetworks& parameters, const PackedNetworks& gradients,
                             double learning_rate) {
  const torch::NoGradGuard no_gradient;
  ++steps_;
  if (config_.optimizer == "adamw") {
    const PackedNetworks steps(
        parameters.size(),
        at::full({}, static_cast<double>(steps_), parameters.front().options().dtype(at::kFloat)));
    at::_fused_adamw_(parameters, gradients, momentum_, square_, {}, steps, learning_rate,
                      config_.beta1, config_.beta2, config_.weight_decay, config_.epsilon,
                      /*amsgrad=*/false, /*maximize=*/false);
    return;
  }
  // A momentum of 0 before the first step gives buf = g, as PyTorch begins.
  at::_fused_sgd_(parameters, gradients, momentum_, config_.weight_decay, config_.momentum,
                  learning_rate, /*dampening=*/0, /*nesterov=*/config_.momentum > 0,
                  /*maximize=*/false, /*is_first_step=*/false);
}

}  // namespace saltus
