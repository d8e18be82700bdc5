// Target networks as functions of their flat parameters, evaluated for K networks at once.
#pragma once

#include <torch/types.h>

#include <memory>
#include <string>
#include <vector>

#include "saltus/network/activation.h"
#include "saltus/network/layout.h"

namespace saltus {

// What a batch of K networks computes on B inputs.
struct Responses {
  std::vector<at::Tensor> hidden;  // for each unit group, activations [K, units, B]
  at::Tensor output;               // [K, outputs, B]
};

// A family of networks with one layout. Immutable.
class Architecture {
 public:
  Architecture();
  virtual ~Architecture() = default;

  virtual const Layout& layout() const = 0;
  virtual const Symmetry& symmetry() const = 0;
  // Whether it is known what the networks compute. Where not, `respond` is an Error.
  virtual bool computes() const { return true; }
  // The shape of one input, I numbers in all: {784}, or {3, 32, 32} where places matter.
  virtual std::vector<int64_t> input_shape() const = 0;
  virtual int64_t outputs() const = 0;
  // theta [K, P] (raw units, float32 or float64), inputs [B, I]; differentiable in theta.
  virtual Responses respond(const at::Tensor& theta, const at::Tensor& inputs) const = 0;
  virtual Json to_json() const = 0;

  int64_t input_size() const;  // I, the product of input_shape()
};

// Error unless theta is [K, P] and inputs [B, I] of this architecture: what `respond` checks first.
void check_evaluation(const Architecture& architecture, const at::Tensor& theta,
                      const at::Tensor& inputs);

// A multi-layer perceptron: Linear, activation, ..., Linear. As a Gaussian actor it also owns a
// log standard deviation, one float before everything else, that `respond` ignores.
struct MlpConfig {
  std::vector<int64_t> sizes;  // inputs, hidden..., outputs
  Activation activation = Activation::relu;
  std::vector<std::string> layer_names;  // one a Linear: "fc1" -> fc1.weight, fc1.bias
  bool log_std = false;
};

std::shared_ptr<const Architecture> make_mlp(const MlpConfig& config);
std::shared_ptr<const Architecture> make_architecture(const Json& json);  // inverse of to_json

MlpConfig cartpole_actor();  // 4-32-32-1 SELU, log_std, actor.{0,2,4}: 1,250 parameters
MlpConfig mnist_mlp();       // 784-10-10 ReLU, fc1, fc2: 7,960 parameters

}  // namespace saltus
