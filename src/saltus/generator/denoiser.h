// What a preset provides: the space in which diffusion happens and a network that predicts x0 in
// it.
#pragma once

#include <torch/torch.h>

#include <memory>

#include "saltus/network/vector_math.h"

namespace saltus {

// Conditions of a batch of B examples. Metrics keep the dtype they come in: the paper preset forms
// target - start in it (double in training, float in sampling; the reference's own difference).
struct Conditions {
  at::Tensor timestep;       // [B] int64, original index 0..999
  at::Tensor start_metric;   // [B] or [B, M], float64 or float32
  at::Tensor target_metric;  // the same shape; of several metrics, NaN: not prompted
};

// Abstract.
class Denoiser : public torch::nn::Module {
 public:
  Denoiser() { settle_vector_math(); }
  virtual int64_t dimension() const = 0;  // D
  // x0 [B, D] of a target network, given the network the update starts from; both raw θ [B, P].
  virtual at::Tensor encode(const at::Tensor& target, const at::Tensor& start) const = 0;
  // The network [B, P] that x0 stands for. Inverse of encode up to rounding, or up to what D < P
  // numbers cannot say.
  virtual at::Tensor decode(const at::Tensor& x0, const at::Tensor& start) const = 0;
  // Predicts x0 from noised x0 [B, D].
  virtual at::Tensor predict(const at::Tensor& noised, const at::Tensor& start,
                             const Conditions& conditions) = 0;
  // How large the layers of networks theta [B, P] are, whatever the order of their hidden units: in
  // units of x0, [B, S], differentiable. Undefined: nothing is known of units.
  virtual at::Tensor spectrum(const at::Tensor& /*theta*/) const { return {}; }
  // Weights [D] of the squared error of x0, mean 1; undefined: all 1.
  virtual at::Tensor loss_weights() const { return {}; }
  // Moves all it holds; from then on, what it is given and gives lies there.
  virtual void move_to(at::Device device) {
    to(device);
    device_ = device;
  }
  at::Device device() const { return device_; }

 private:
  at::Device device_ = at::kCPU;
};

}  // namespace saltus
