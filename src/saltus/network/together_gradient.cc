#include "saltus/network/together_gradient.h"

#include <torch/torch.h>

namespace saltus {
namespace {

using OutputFunction = std::function<at::Tensor(const at::Tensor&, const at::Tensor&)>;

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
    const torch::AutoGradMode with_gradient(true);
    const at::Tensor leaf = theta.front().detach().requires_grad_(true);
    const at::Tensor outputs = outputs_(leaf, inputs);
    at::Tensor outputs_slope = at::empty_like(outputs);
    {
      const torch::NoGradGuard no_gradient;
      slope(outputs, outputs_slope);
    }
    gradients.front().copy_(torch::autograd::grad({outputs}, {leaf}, {outputs_slope})[0]);
  }

 private:
  OutputFunction outputs_;
};

}  // namespace

std::unique_ptr<LockstepGradient> make_together_gradient(OutputFunction outputs) {
  return std::make_unique<TogetherGradient>(std::move(outputs));
}

}  // namespace saltus
