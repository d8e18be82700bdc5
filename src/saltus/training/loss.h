// What training minimises.
#pragma once

#include <torch/torch.h>

#include <memory>

#include "saltus/generator/critic.h"
#include "saltus/generator/denoiser.h"
#include "saltus/network/architecture.h"
#include "saltus/training/batch.h"

namespace saltus {

struct LossConfig {
  double function_loss = 0;  // weight of the loss on probe outputs
  double metric_loss = 0;    // weight of the critic's loss on the prompted metric
  bool squash = false;       // compare tanh(output)
};

struct Loss {
  at::Tensor total;     // scalar, differentiable
  at::Tensor weights;   // mean weighted squared error of x0
  at::Tensor function;  // mean squared error of probe outputs over 0.1; undefined when off
  at::Tensor metric;    // mean squared error of the critic's linear metric; undefined when off
};

// Noises the batch's targets, predicts x0 and compares: in weights (Ho et al. 2020, x0 form), as a
// function on the probe inputs, and by the metric a frozen critic reads off the predicted network.
Loss diffusion_loss(const LossConfig& config, Denoiser& denoiser, const Architecture& architecture,
                    Critic* critic, const Batch& batch, const at::Tensor& alphas_cumprod);

}  // namespace saltus
