#include "saltus/population/mlp_gradient.h"

#include <torch/torch.h>

#include "saltus/base/error.h"

namespace saltus {
namespace {

void activate_in_place(Activation activation, at::Tensor& x) {
  switch (activation) {
    case Activation::relu:
      at::relu_(x);
      return;
    case Activation::selu:
      at::selu_(x);
      return;
    case Activation::tanh:
      at::tanh_(x);
      return;
    case Activation::gelu:
      x = at::gelu(x);  // its slope needs what stood here: a new tensor
      return;
  }
}

// The slope with respect to what the activation was applied to: `before`, which gave `after`.
at::Tensor activation_backward(Activation activation, const at::Tensor& slope,
                               const at::Tensor& before, const at::Tensor& after) {
  constexpr double kSeluAlpha = 1.6732632423543772848170429916717;
  constexpr double kSeluScale = 1.0507009873554804934193349852946;
  switch (activation) {
    case Activation::relu:
      return at::threshold_backward(slope, after, 0);
    case Activation::selu:
      return at::elu_backward(slope, kSeluAlpha, kSeluScale, 1, /*is_result=*/true, after);
    case Activation::tanh:
      return at::tanh_backward(slope, after);
    case Activation::gelu:
      return at::gelu_backward(slope, before);
  }
  fail("activation: unknown value {}", static_cast<int>(activation));
}

class MlpGradient : public LockstepGradient {
 public:
  explicit MlpGradient(const MlpConfig& config)
      : config_(config), layout_(make_mlp(config)->layout()), first_(config.log_std ? 1 : 0) {}

  PackedNetworks pack(const at::Tensor& theta) const override {
    const int64_t networks = theta.size(0);
    const at::Tensor packed = at::empty({theta.numel()}, theta.options());
    for (size_t t = 0; t < layout_.tensors().size(); ++t) {
      part(packed, t, networks).copy_(columns(theta, t));
    }
    return {packed};
  }
  at::Tensor unpack(const PackedNetworks& packed) const override {
    const int64_t networks = networks_in(packed);
    const at::Tensor theta = at::empty({networks, layout_.parameters()}, packed.front().options());
    for (size_t t = 0; t < layout_.tensors().size(); ++t) {
      columns(theta, t).copy_(part(packed.front(), t, networks));
    }
    return theta;
  }
  bool rounding_depends_on_company() const override { return true; }

  void evaluate(const PackedNetworks& theta, const at::Tensor& inputs, const at::Tensor& labels,
                PackedNetworks& gradients) override {
    const int64_t networks = networks_in(theta);
    if (first_ == 1) part(gradients.front(), 0, networks).zero_();  // log_std
    forward(theta.front(), networks, inputs);
    const at::Tensor slope = output_slope(labels);
    backward(theta.front(), networks, inputs, slope, gradients.front());
  }

 private:
  // before_[l], after_[l]: [K, sizes[l + 1], B] before and after the activation of layer l.
  void forward(const at::Tensor& theta, int64_t networks, const at::Tensor& inputs) {
    const size_t layers = config_.layer_names.size();
    const int64_t batch = inputs.size(0);
    before_.resize(layers);
    after_.resize(layers);
    for (size_t l = 0; l < layers; ++l) {
      const int64_t in = config_.sizes[l], out = config_.sizes[l + 1];
      const at::Tensor weight = part(theta, weight_of(l), networks);
      const at::Tensor bias = part(theta, weight_of(l) + 1, networks);
      at::Tensor& x = before_[l];
      if (l == 0) {
        x = at::addmm(bias.view({networks * out, 1}), weight.view({networks * out, in}), inputs.t())
                .view({networks, out, batch});
      } else {
        x = at::baddbmm(bias.view({networks, out, 1}), weight.view({networks, out, in}),
                        after_[l - 1]);
      }
      after_[l] = x;
      if (l + 1 < layers) activate_in_place(config_.activation, after_[l]);
    }
  }

  // Of the mean cross-entropy with respect to the outputs: (softmax - one-hot) / B, [K, classes,
  // B].
  at::Tensor output_slope(const at::Tensor& labels) const {
    const at::Tensor& logits = before_.back();
    const at::Tensor target = at::zeros({logits.size(1), logits.size(2)}, logits.options());
    target.scatter_(0, labels.unsqueeze(0), 1);
    const double share = 1.0 / static_cast<double>(logits.size(2));
    return at::softmax(logits, 1).sub_(target).mul_(share);
  }

  void backward(const at::Tensor& theta, int64_t networks, const at::Tensor& inputs,
                at::Tensor slope, at::Tensor& gradients) const {
    for (size_t l = config_.layer_names.size(); l-- > 0;) {
      const int64_t in = config_.sizes[l], out = config_.sizes[l + 1];
      at::Tensor weight_gradient = part(gradients, weight_of(l), networks);
      at::Tensor bias_gradient = part(gradients, weight_of(l) + 1, networks);
      at::sum_out(bias_gradient, slope, at::IntArrayRef{2});
      if (l == 0) {
        weight_gradient = weight_gradient.view({networks * out, in});
        at::mm_out(weight_gradient, slope.reshape({networks * out, -1}), inputs);
        return;
      }
      weight_gradient = weight_gradient.view({networks, out, in});
      at::bmm_out(weight_gradient, slope, after_[l - 1].transpose(1, 2));
      const at::Tensor weight = part(theta, weight_of(l), networks).view({networks, out, in});
      slope = activation_backward(config_.activation, at::bmm(weight.transpose(1, 2), slope),
                                  before_[l - 1], after_[l - 1]);
    }
  }

  size_t weight_of(size_t layer) const { return first_ + 2 * layer; }
  int64_t networks_in(const PackedNetworks& packed) const {
    return packed.front().numel() / layout_.parameters();
  }
  // Tensor t of all networks, [K, size]: a contiguous view of packed ones, a strided one of [K, P].
  at::Tensor part(const at::Tensor& packed, size_t t, int64_t networks) const {
    const TensorSpec& spec = layout_.tensors()[t];
    return packed.narrow(0, networks * spec.offset, networks * spec.size)
        .view({networks, spec.size});
  }
  at::Tensor columns(const at::Tensor& theta, size_t t) const {
    const TensorSpec& spec = layout_.tensors()[t];
    return theta.narrow(1, spec.offset, spec.size);
  }

  MlpConfig config_;
  Layout layout_;
  size_t first_;  // tensor: a log_std stands before the layers
  std::vector<at::Tensor> before_, after_;
};

}  // namespace

std::unique_ptr<LockstepGradient> make_mlp_gradient(const MlpConfig& config) {
  return std::make_unique<MlpGradient>(config);
}

}  // namespace saltus
