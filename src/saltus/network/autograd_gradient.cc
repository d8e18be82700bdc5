#include "saltus/network/autograd_gradient.h"

#include <torch/torch.h>

#include "saltus/network/one_by_one_gradient.h"

namespace saltus {
namespace {

// Of networks theta [K, P], whose slope is asked for in one call.
at::Tensor gradient_of(const OutputFunction& outputs_of, const at::Tensor& theta,
                       const at::Tensor& inputs, const OutputSlope& slope) {
  const torch::AutoGradMode with_gradient(true);
  const at::Tensor leaf = theta.detach().requires_grad_(true);
  const at::Tensor outputs = outputs_of(leaf, inputs);
  at::Tensor outputs_slope = at::empty_like(outputs);
  {
    const torch::NoGradGuard no_gradient;
    slope(outputs, outputs_slope);
  }
  return torch::autograd::grad({outputs}, {leaf}, {outputs_slope})[0];
}

class AutogradGradient : public OneByOneGradient {
 public:
  explicit AutogradGradient(const Architecture& architecture)
      : outputs_([&architecture](const at::Tensor& theta, const at::Tensor& inputs) {
          return architecture.respond(theta, inputs).output;
        }) {}

 protected:
  void one_network(const at::Tensor& theta, const at::Tensor& inputs, const OutputSlope& slope,
                   at::Tensor& gradient) override {
    gradient.copy_(gradient_of(outputs_, theta.view({1, -1}), inputs, slope).view({-1}));
  }

 private:
  OutputFunction outputs_;
};

class TogetherGradient : public LockstepGradient {
 public:
  explicit TogetherGradient(OutputFunction outputs) : outputs_(std::move(outputs)) {}

  PackedNetworks pack(const at::Tensor& theta) const override {
    return {theta.clone(at::MemoryFormat::Contiguous)};
  }
  at::Tensor unpack(const PackedNetworks& packed) const override { return packed.front().clone(); }
  bool rounding_depends_on_company() const override { return true; }

  void evaluate(const PackedNetworks& theta, const at::Tensor& inputs, const OutputSlope& slope,
                PackedNetworks& gradients) override {
    gradients.front().copy_(gradient_of(outputs_, theta.front(), inputs, slope));
  }

 private:
  OutputFunction outputs_;
};

}  // namespace

std::unique_ptr<LockstepGradient> make_autograd_gradient(const Architecture& architecture) {
  return std::make_unique<AutogradGradient>(architecture);
}

std::unique_ptr<LockstepGradient> make_together_gradient(OutputFunction outputs) {
  return std::make_unique<TogetherGradient>(std::move(outputs));
}

}  // namespace saltus
