#include "saltus/network/convnet_gradient.h"

#include <torch/torch.h>

#include "saltus/network/activation_slope.h"
#include "saltus/network/one_by_one_gradient.h"

namespace saltus {
namespace {

// Channels last is how the library's convolutions are fastest: it need not reorder their operands.
constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;

class ConvNetGradient : public OneByOneGradient {
 public:
  ConvNetGradient(const ConvNetConfig& config, at::ScalarType convolutions)
      : config_(config),
        layout_(make_convnet(config)->layout()),
        type_(convolutions),
        maps_(config.channels.size()) {}

 protected:
  at::Tensor prepared(const at::Tensor& inputs) override {
    const std::vector<int64_t>& shape = config_.input;
    return inputs.view({-1, shape[0], shape[1], shape[2]}).to(type_).contiguous(kChannelsLast);
  }

  void one_network(const at::Tensor& theta, const at::Tensor& inputs, const OutputSlope& slope,
                   at::Tensor& gradient) override {
    forward(theta, inputs);
    const at::Tensor means = maps_.back().after.mean({2, 3}, false, theta.scalar_type());
    const at::Tensor weight = part(theta, weight_of(maps_.size()));  // [classes, channels]
    const at::Tensor bias = part(theta, weight_of(maps_.size()) + 1);
    const at::Tensor outputs = at::addmm(bias.unsqueeze(1), weight, means.t()).unsqueeze(0);
    if (!outputs_slope_.defined() || outputs_slope_.sizes() != outputs.sizes()) {
      outputs_slope_ = at::empty_like(outputs);
    }
    slope(outputs, outputs_slope_);
    at::Tensor weight_gradient = part(gradient, weight_of(maps_.size()));
    at::Tensor bias_gradient = part(gradient, weight_of(maps_.size()) + 1);
    at::mm_out(weight_gradient, outputs_slope_[0], means);
    at::sum_out(bias_gradient, outputs_slope_[0], at::IntArrayRef{1});
    backward(inputs, at::mm(outputs_slope_[0].t(), weight), gradient);
  }

 private:
  // Of one convolution: its kernel, its maps [B, channels, height, width] before and after the
  // activation, and the slope of the loss with respect to the former, kept from call to call.
  struct Maps {
    at::Tensor kernel, before, after, slope;
  };

  void forward(const at::Tensor& theta, const at::Tensor& inputs) {
    for (size_t l = 0; l < maps_.size(); ++l) {
      const at::Tensor& below = l == 0 ? inputs : maps_[l - 1].after;
      const at::Tensor bias =
          config_.conv_bias ? part(theta, weight_of(l) + 1).to(type_) : at::Tensor();
      const int64_t stride = config_.strides[l], padding = config_.kernel / 2;
      maps_[l].kernel = part(theta, weight_of(l)).to(type_).contiguous(kChannelsLast);
      maps_[l].before =
          at::conv2d(below, maps_[l].kernel, bias, {stride, stride}, {padding, padding});
      maps_[l].after = activate_units(config_.activation, maps_[l].before, maps_[l].after);
    }
  }

  // means_slope [B, channels]: of the loss with respect to the last maps' averages over places.
  void backward(const at::Tensor& inputs, const at::Tensor& means_slope, at::Tensor& gradient) {
    const at::Tensor& last = maps_.back().after;
    const double places = static_cast<double>(last.size(2) * last.size(3));
    // The same for every place of a map, until the activation tells them apart.
    at::Tensor after_slope =
        (means_slope / places).to(type_).unsqueeze(2).unsqueeze(3).expand_as(last);
    for (size_t l = maps_.size(); l-- > 0;) {
      at::Tensor& slope = maps_[l].slope;
      const at::Tensor& after = maps_[l].after;
      if (!slope.defined() || slope.sizes() != after.sizes()) slope = at::empty_like(after);
      activation_backward(config_.activation, slope, after_slope, maps_[l].before, after);
      const at::Tensor& below = l == 0 ? inputs : maps_[l - 1].after;
      const int64_t stride = config_.strides[l], padding = config_.kernel / 2;
      const bool below_wanted = l > 0;
      auto [below_slope, kernel_gradient, bias_gradient] = at::convolution_backward(
          slope, below, maps_[l].kernel, at::OptionalIntArrayRef({config_.channels[l]}),
          {stride, stride}, {padding, padding}, {1, 1}, false, {0, 0}, 1,
          {below_wanted, true, config_.conv_bias});
      part(gradient, weight_of(l)).copy_(kernel_gradient);
      if (config_.conv_bias) part(gradient, weight_of(l) + 1).copy_(bias_gradient);
      after_slope = below_slope;
    }
  }

  size_t weight_of(size_t layer) const { return layer * (config_.conv_bias ? 2 : 1); }
  // Tensor t of one network, a view.
  at::Tensor part(const at::Tensor& theta, size_t t) const {
    const TensorSpec& spec = layout_.tensors()[t];
    return theta.narrow(0, spec.offset, spec.size).view(spec.shape);
  }

  ConvNetConfig config_;
  Layout layout_;
  at::ScalarType type_;
  std::vector<Maps> maps_;
  at::Tensor outputs_slope_;  // [1, classes, B], kept as well
};

}  // namespace

std::unique_ptr<LockstepGradient> make_convnet_gradient(const ConvNetConfig& config,
                                                        at::ScalarType convolutions) {
  return std::make_unique<ConvNetGradient>(config, convolutions);
}

}  // namespace saltus
