#include "saltus/network/mlp_gradient.h"

#include <torch/torch.h>

#include "saltus/network/activation_slope.h"

namespace saltus {
namespace {

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

  void evaluate(const PackedNetworks& theta, const at::Tensor& inputs, const OutputSlope& slope,
                PackedNetworks& gradients) override {
    const int64_t networks = networks_in(theta);
    if (first_ == 1) part(gradients.front(), 0, networks).zero_();  // log_std
    prepare(networks, inputs);
    forward(theta.front(), networks, inputs);
    slope(buffers_.back().before, buffers_.back().slope);
    backward(theta.front(), networks, inputs, gradients.front());
  }

 private:
  // Of layer l, [K, sizes[l + 1], B]: before and after its activation, and the slope of the loss.
  // Kept from call to call: fresh memory each time would be paid for in page faults.
  struct LayerBuffers {
    at::Tensor before, after, slope;
  };

  void prepare(int64_t networks, const at::Tensor& inputs) {
    buffers_.resize(config_.layer_names.size());
    for (size_t l = 0; l < buffers_.size(); ++l) {
      const std::vector<int64_t> shape = {networks, config_.sizes[l + 1], inputs.size(0)};
      if (buffers_[l].before.defined() && buffers_[l].before.sizes() == shape) continue;
      buffers_[l].before = at::empty(shape, inputs.options());
      buffers_[l].slope = at::empty(shape, inputs.options());
    }
  }

  void forward(const at::Tensor& theta, int64_t networks, const at::Tensor& inputs) {
    for (size_t l = 0; l < buffers_.size(); ++l) {
      const int64_t in = config_.sizes[l], out = config_.sizes[l + 1];
      const at::Tensor weight = part(theta, weight_of(l), networks);
      const at::Tensor bias = part(theta, weight_of(l) + 1, networks);
      LayerBuffers& layer = buffers_[l];
      if (l == 0) {
        at::Tensor rows = layer.before.view({networks * out, -1});
        at::addmm_out(rows, bias.view({networks * out, 1}), weight.view({networks * out, in}),
                      inputs.t());
      } else {
        at::baddbmm_out(layer.before, bias.view({networks, out, 1}),
                        weight.view({networks, out, in}), buffers_[l - 1].after);
      }
      if (l + 1 == buffers_.size()) return;
      layer.after = activate_units(config_.activation, layer.before, layer.after);
    }
  }

  void backward(const at::Tensor& theta, int64_t networks, const at::Tensor& inputs,
                at::Tensor& gradients) {
    for (size_t l = buffers_.size(); l-- > 0;) {
      const int64_t in = config_.sizes[l], out = config_.sizes[l + 1];
      const at::Tensor& slope = buffers_[l].slope;
      at::Tensor weight_gradient = part(gradients, weight_of(l), networks);
      at::Tensor bias_gradient = part(gradients, weight_of(l) + 1, networks);
      at::sum_out(bias_gradient, slope, at::IntArrayRef{2});
      if (l == 0) {
        weight_gradient = weight_gradient.view({networks * out, in});
        at::mm_out(weight_gradient, slope.view({networks * out, -1}), inputs);
        return;
      }
      LayerBuffers& below = buffers_[l - 1];
      weight_gradient = weight_gradient.view({networks, out, in});
      at::bmm_out(weight_gradient, slope, below.after.transpose(1, 2));
      const at::Tensor weight = part(theta, weight_of(l), networks).view({networks, out, in});
      at::bmm_out(below.slope, weight.transpose(1, 2), slope);
      activation_backward(config_.activation, below.slope, below.slope, below.before, below.after);
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
  std::vector<LayerBuffers> buffers_;
};

}  // namespace

std::unique_ptr<LockstepGradient> make_mlp_gradient(const MlpConfig& config) {
  return std::make_unique<MlpGradient>(config);
}

}  // namespace saltus
