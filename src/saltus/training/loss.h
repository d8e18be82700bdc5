// What training minimises.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <vector>

#include "saltus/generator/denoiser.h"
#include "saltus/network/architecture.h"
#include "saltus/network/metric.h"
#include "saltus/network/metric_reader.h"
#include "saltus/training/batch.h"

namespace saltus {

struct LossConfig {
  double weight_loss = 1;      // weight of the squared error of x0
  double function_loss = 0;    // weight of the loss on probe outputs
  double spread_loss = 0;      // weight of the energy distance of networks
  double metric_loss = 0;      // weight of the loss on the prompted metric
  double metric_log = 0;       // share of it that counts in the metric's logarithmic coordinate
  double stay_loss = 0;        // weight of the updates of rows updated beforehand
  bool squash = false;         // compare tanh(output)
  bool logits = false;         // compare the outputs' softmax
  bool bf16 = false;           // predict in that precision
  bool networks_bf16 = false;  // run the networks of the function loss in that precision
};

struct Loss {
  at::Tensor total;    // scalar, differentiable
  at::Tensor weights;  // mean weighted squared error of x0
  // Mean squared error of probe outputs over 0.1; of logits, their mean divergence
  // KL(target || predicted) in nats over 0.1. Undefined when off.
  at::Tensor function;
  at::Tensor spread;  // energy distance; undefined when off
  // Mean weighted squared error of x0 of the rows updated beforehand, whose target is their start;
  // undefined when off.
  at::Tensor stay;
  at::Tensor metric;  // mean squared error of the metric read, 1 = its range; undefined when off
};

// A metric that conditions the generator, and what reads it off a predicted network; empty: nothing
// does, and no loss speaks of it.
struct PromptedMetric {
  Metric metric;
  MetricReader read = {};
};

// Noises the batch's targets, predicts x0 and compares: in weights (Ho et al. 2020, x0 form), as a
// function on the probe inputs, as a population (training/spread.h: all rows' networks with the
// targets'), and by the prompted metrics read off the predicted network.
Loss diffusion_loss(const LossConfig& config, Denoiser& denoiser, const Architecture& architecture,
                    const std::vector<PromptedMetric>& metrics, const Batch& batch,
                    const at::Tensor& alphas_cumprod);

}  // namespace saltus
