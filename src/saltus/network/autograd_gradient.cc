#include "saltus/network/autograd_gradient.h"

#include <torch/torch.h>

#include "saltus/network/one_by_one_gradient.h"

namespace saltus {
namespace {

class AutogradGradient : public OneByOneGradient {
 public:
  explicit AutogradGradient(const Architecture& architecture) : architecture_(architecture) {}

 protected:
  void one_network(const at::Tensor& theta, const at::Tensor& inputs, const OutputSlope& slope,
                   at::Tensor& gradient) override {
    const torch::AutoGradMode with_gradient(true);
    const at::Tensor leaf = theta.view({1, -1}).detach().requires_grad_(true);
    const at::Tensor outputs = architecture_.respond(leaf, inputs).output;
    at::Tensor outputs_slope = at::empty_like(outputs);
    {
      const torch::NoGradGuard no_gradient;
      slope(outputs, outputs_slope);
    }
    gradient.copy_(torch::autograd::grad({outputs}, {leaf}, {outputs_slope})[0].view({-1}));
  }

 private:
  const Architecture& architecture_;
};

}  // namespace

std::unique_ptr<LockstepGradient> make_autograd_gradient(const Architecture& architecture) {
  return std::make_unique<AutogradGradient>(architecture);
}

}  // namespace saltus
