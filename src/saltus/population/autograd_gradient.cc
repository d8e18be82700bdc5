#include "saltus/population/autograd_gradient.h"

#include <torch/torch.h>

namespace saltus {
namespace {

class AutogradGradient : public LockstepGradient {
 public:
  explicit AutogradGradient(const Architecture& architecture) : architecture_(architecture) {}

  PackedNetworks pack(const at::Tensor& theta) const override {
    PackedNetworks packed;
    for (int64_t k = 0; k < theta.size(0); ++k) {
      packed.push_back(theta[k].clone(at::MemoryFormat::Contiguous));
    }
    return packed;
  }
  at::Tensor unpack(const PackedNetworks& packed) const override { return at::stack(packed); }

  void evaluate(const PackedNetworks& theta, const at::Tensor& inputs, const at::Tensor& labels,
                PackedNetworks& gradients) override {
    for (size_t k = 0; k < theta.size(); ++k) {
      const at::Tensor gradient = one_network(theta[k], inputs, labels);
      gradients[k].copy_(gradient.view({-1}));
    }
  }
  bool rounding_depends_on_company() const override { return false; }

 private:
  at::Tensor one_network(const at::Tensor& theta, const at::Tensor& inputs,
                         const at::Tensor& labels) const {
    const torch::AutoGradMode with_gradient(true);
    const at::Tensor leaf = theta.view({1, -1}).detach().requires_grad_(true);
    const at::Tensor logits = architecture_.respond(leaf, inputs).output[0].t();  // [B, classes]
    const at::Tensor loss = at::cross_entropy_loss(logits, labels);
    return torch::autograd::grad({loss}, {leaf})[0];
  }

  const Architecture& architecture_;
};

}  // namespace

std::unique_ptr<LockstepGradient> make_autograd_gradient(const Architecture& architecture) {
  return std::make_unique<AutogradGradient>(architecture);
}

}  // namespace saltus
