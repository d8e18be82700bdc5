#include "saltus/population/autograd_gradient.h"

#include <torch/torch.h>

#include "saltus/population/one_by_one_gradient.h"

namespace saltus {
namespace {

class AutogradGradient : public OneByOneGradient {
 public:
  explicit AutogradGradient(const Architecture& architecture) : architecture_(architecture) {}

 protected:
  void one_network(const at::Tensor& theta, const at::Tensor& inputs, const at::Tensor& labels,
                   at::Tensor& gradient) override {
    const torch::AutoGradMode with_gradient(true);
    const at::Tensor leaf = theta.view({1, -1}).detach().requires_grad_(true);
    const at::Tensor logits = architecture_.respond(leaf, inputs).output[0].t();  // [B, classes]
    const at::Tensor loss = at::cross_entropy_loss(logits, labels);
    gradient.copy_(torch::autograd::grad({loss}, {leaf})[0].view({-1}));
  }

 private:
  const Architecture& architecture_;
};

}  // namespace

std::unique_ptr<LockstepGradient> make_autograd_gradient(const Architecture& architecture) {
  return std::make_unique<AutogradGradient>(architecture);
}

}  // namespace saltus
