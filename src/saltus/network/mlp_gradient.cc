#include "saltus/network/mlp_gradient.h"

#include <torch/torch.h>

#include <optional>

#include "saltus/network/activation_slope.h"
#include "saltus/network/sparse_inputs.h"
#include "saltus/network/sparse_product_kernels.h"

namespace saltus {
namespace {

class MlpGradient : public LockstepGradient {
 public:
  MlpGradient(const MlpConfig& config, bool sparse_inputs)
      : config_(config),
        layout_(make_mlp(config)->layout()),
        first_(config.log_std ? 1 : 0),
        sparse_inputs_(sparse_inputs) {}

  PackedNetworks pack(const at::Tensor& theta) const override {
    const int64_t networks = theta.size(0), units = config_.sizes[1];
    const at::Tensor first_weight = columns(theta, first_);
    const bool tiles = sparse_inputs_ && networks * units >= kSparseTile;
    PackedNetworks packed = {
        at::empty({theta.numel() - (tiles ? first_weight.numel() : 0)}, theta.options())};
    if (tiles) packed.push_back(weight_tiles(first_weight, units));
    for (size_t t = 0; t < layout_.tensors().size(); ++t) {
      if (!(tiles && t == first_)) part(packed, t, networks).copy_(columns(theta, t));
    }
    return packed;
  }
  at::Tensor unpack(const PackedNetworks& packed) const override {
    const int64_t networks = networks_in(packed);
    const at::Tensor theta = at::empty({networks, layout_.parameters()}, packed.front().options());
    for (size_t t = 0; t < layout_.tensors().size(); ++t) {
      if (in_tiles(packed) && t == first_) {
        weight_from_tiles(packed[1], config_.sizes[1], columns(theta, t));
      } else {
        columns(theta, t).copy_(part(packed, t, networks));
      }
    }
    return theta;
  }
  bool rounding_depends_on_company() const override { return true; }

  void evaluate(const PackedNetworks& theta, const at::Tensor& inputs, const OutputSlope& slope,
                PackedNetworks& gradients) override {
    const int64_t networks = networks_in(theta);
    if (first_ == 1) part(gradients, 0, networks).zero_();  // log_std
    prepare(networks, inputs);
    if (in_tiles(theta)) sparse_.emplace(inputs);
    forward(theta, networks, inputs);
    slope(buffers_.back().before, buffers_.back().slope);
    backward(theta, networks, inputs, gradients);
    sparse_.reset();
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

  void forward(const PackedNetworks& theta, int64_t networks, const at::Tensor& inputs) {
    for (size_t l = 0; l < buffers_.size(); ++l) {
      const int64_t in = config_.sizes[l], out = config_.sizes[l + 1];
      const at::Tensor bias = part(theta, weight_of(l) + 1, networks);
      LayerBuffers& layer = buffers_[l];
      at::Tensor rows = layer.before.view({networks * out, -1});
      if (l == 0 && sparse_) {
        sparse_->multiply_tiles(theta[1], bias.view({-1}), rows);
      } else if (l == 0) {
        const at::Tensor weight = part(theta, first_, networks).view({networks * out, in});
        at::addmm_out(rows, bias.view({networks * out, 1}), weight, inputs.t());
      } else {
        const at::Tensor weight = part(theta, weight_of(l), networks).view({networks, out, in});
        at::baddbmm_out(layer.before, bias.view({networks, out, 1}), weight, buffers_[l - 1].after);
      }
      if (l + 1 == buffers_.size()) return;
      layer.after = activate_units(config_.activation, layer.before, layer.after);
    }
  }

  void backward(const PackedNetworks& theta, int64_t networks, const at::Tensor& inputs,
                PackedNetworks& gradients) {
    for (size_t l = buffers_.size() - 1; l > 0; --l) {
      const int64_t in = config_.sizes[l], out = config_.sizes[l + 1];
      const at::Tensor& slope = buffers_[l].slope;
      at::Tensor weight_gradient =
          part(gradients, weight_of(l), networks).view({networks, out, in});
      at::Tensor bias_gradient = part(gradients, weight_of(l) + 1, networks);
      at::sum_out(bias_gradient, slope, at::IntArrayRef{2});
      LayerBuffers& below = buffers_[l - 1];
      at::bmm_out(weight_gradient, slope, below.after.transpose(1, 2));
      const at::Tensor weight = part(theta, weight_of(l), networks).view({networks, out, in});
      at::bmm_out(below.slope, weight.transpose(1, 2), slope);
      activation_backward(config_.activation, below.slope, below.slope, below.before, below.after);
    }
    const int64_t in = config_.sizes[0], rows = networks * config_.sizes[1];
    const at::Tensor slope = buffers_[0].slope.view({rows, -1});
    at::Tensor bias_gradient = part(gradients, first_ + 1, networks).view({rows});
    if (sparse_) {
      sparse_->gradients(slope, gradients[1], bias_gradient);
    } else {
      at::sum_out(bias_gradient, slope, at::IntArrayRef{1});
      at::Tensor weight_gradient = part(gradients, first_, networks).view({rows, in});
      at::mm_out(weight_gradient, slope, inputs);
    }
  }

  size_t weight_of(size_t layer) const { return first_ + 2 * layer; }
  static bool in_tiles(const PackedNetworks& packed) { return packed.size() == 2; }
  int64_t first_weights() const { return layout_.tensors()[first_].size; }  // of one network
  int64_t networks_in(const PackedNetworks& packed) const {
    return packed.front().numel() /
           (layout_.parameters() - (in_tiles(packed) ? first_weights() : 0));
  }
  // Tensor t of all networks, [K, size]: a contiguous view of packed ones, not of those in tiles; a
  // strided one of [K, P].
  at::Tensor part(const PackedNetworks& packed, size_t t, int64_t networks) const {
    const TensorSpec& spec = layout_.tensors()[t];
    const int64_t missing = in_tiles(packed) && t > first_ ? first_weights() : 0;
    return packed.front()
        .narrow(0, networks * (spec.offset - missing), networks * spec.size)
        .view({networks, spec.size});
  }
  at::Tensor columns(const at::Tensor& theta, size_t t) const {
    const TensorSpec& spec = layout_.tensors()[t];
    return theta.narrow(1, spec.offset, spec.size);
  }

  MlpConfig config_;
  Layout layout_;
  size_t first_;  // weight: a log_std stands before the layers
  bool sparse_inputs_;
  std::vector<LayerBuffers> buffers_;
  std::optional<SparseInputs> sparse_;  // of the inputs at hand, for weights in tiles
};

}  // namespace

std::unique_ptr<LockstepGradient> make_mlp_gradient(const MlpConfig& config, bool sparse_inputs) {
  return std::make_unique<MlpGradient>(config, sparse_inputs);
}

}  // namespace saltus
