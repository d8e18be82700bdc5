#include "saltus/network/convnet.h"

#include <ATen/Functions.h>

#include <algorithm>

#include "saltus/base/error.h"
#include "saltus/base/json.h"
#include "saltus/network/convnet_one_by_one.h"
#include "saltus/network/convnet_together.h"

namespace saltus {
namespace {

constexpr std::string_view kConvNet = "architecture convnet";

const ConvNetConfig& validated_convnet(const ConvNetConfig& config) {
  const auto positive = [](const std::vector<int64_t>& values) {
    return std::ranges::all_of(values, [](int64_t n) { return n >= 1; });
  };
  if (config.input.size() != 3 || !positive(config.input)) {
    fail("{}: expected an input of channels, height and width >= 1, found [{}]", kConvNet,
         fmt::join(config.input, ", "));
  }
  if (config.channels.empty() || !positive(config.channels)) {
    fail("{}: expected one or more channels >= 1, found [{}]", kConvNet,
         fmt::join(config.channels, ", "));
  }
  if (config.strides.size() != config.channels.size() || !positive(config.strides)) {
    fail("{}: expected {} strides >= 1, one a convolution, found [{}]", kConvNet,
         config.channels.size(), fmt::join(config.strides, ", "));
  }
  if (config.kernel < 1 || config.kernel % 2 == 0 || config.classes < 1) {
    fail("{}: expected an odd kernel and classes >= 1, found {} and {}", kConvNet, config.kernel,
         config.classes);
  }
  if (config.layer_names.size() != config.channels.size() + 1) {
    fail("{}: expected {} layer names, found [{}]", kConvNet, config.channels.size() + 1,
         fmt::join(config.layer_names, ", "));
  }
  return config;
}

Layout convnet_layout(const ConvNetConfig& config) {
  std::vector<TensorSpec> tensors;
  int64_t in = config.input[0];
  for (size_t l = 0; l < config.channels.size(); ++l) {
    const std::string& name = config.layer_names[l];
    const int64_t out = config.channels[l];
    tensors.push_back({.name = name + ".weight", .shape = {out, in, config.kernel, config.kernel}});
    if (config.conv_bias) tensors.push_back({.name = name + ".bias", .shape = {out}});
    in = out;
  }
  const std::string& last = config.layer_names.back();
  tensors.push_back({.name = last + ".weight", .shape = {config.classes, in}});
  tensors.push_back({.name = last + ".bias", .shape = {config.classes}});
  return Layout(std::move(tensors));
}

Symmetry convnet_symmetry(const ConvNetConfig& config, const Layout& layout) {
  std::vector<UnitGroup> groups;
  for (size_t l = 0; l < config.channels.size(); ++l) {
    const std::string& name = config.layer_names[l];
    UnitGroup group{name, config.channels[l], {{layout.index(name + ".weight"), 0}}};
    if (config.conv_bias) group.axes.push_back({layout.index(name + ".bias"), 0});
    // Averaging over places keeps channels apart, so the Linear's columns are channels, too.
    group.axes.push_back({layout.index(config.layer_names[l + 1] + ".weight"), 1});
    groups.push_back(std::move(group));
  }
  return Symmetry(layout, std::move(groups));
}

class ConvNet : public Architecture {
 public:
  explicit ConvNet(const ConvNetConfig& config)
      : config_(validated_convnet(config)),
        layout_(convnet_layout(config_)),
        symmetry_(convnet_symmetry(config_, layout_)) {}

  const Layout& layout() const override { return layout_; }
  const Symmetry& symmetry() const override { return symmetry_; }
  std::vector<int64_t> input_shape() const override { return config_.input; }
  int64_t outputs() const override { return config_.classes; }
  Json to_json() const override { return convnet_to_json(config_); }

  Responses respond(const at::Tensor& theta, const at::Tensor& inputs) const override {
    check_evaluation(*this, theta, inputs);
    if (!theta.is_cpu()) {
      return respond_together(config_, layout_, theta, inputs, theta.scalar_type());
    }
    const int64_t networks = theta.size(0);
    Responses responses;
    responses.hidden = one_by_one_fits(config_, theta, inputs)
                           ? channel_means_one_by_one(config_, layout_, theta, inputs)
                           : channel_means(theta, inputs);
    const TensorSpec& weight = layout_.at(config_.layer_names.back() + ".weight");
    const TensorSpec& bias = layout_.at(config_.layer_names.back() + ".bias");
    responses.output =
        at::baddbmm(theta.narrow(1, bias.offset, bias.size).view({networks, bias.size, 1}),
                    theta.narrow(1, weight.offset, weight.size)
                        .view({networks, weight.shape[0], weight.shape[1]}),
                    responses.hidden.back());
    return responses;
  }

 private:
  // Responses::hidden, by the library's convolutions.
  std::vector<at::Tensor> channel_means(const at::Tensor& theta, const at::Tensor& inputs) const {
    const int64_t networks = theta.size(0);
    // Channels last: the library's convolutions then need not reorder their operands.
    const at::Tensor images = inputs.to(theta.scalar_type())
                                  .view({-1, config_.input[0], config_.input[1], config_.input[2]})
                                  .contiguous(at::MemoryFormat::ChannelsLast);
    std::vector<std::vector<at::Tensor>> means(config_.channels.size());  // [layer][network]
    for (int64_t k = 0; k < networks; ++k) {
      at::Tensor x = images;  // [B, channels, height, width]
      for (size_t l = 0; l < means.size(); ++l) {
        x = activate_in_place(config_.activation, convolve(theta[k], l, x));
        means[l].push_back(x.mean({2, 3}).t());  // [channels, B]
      }
    }
    std::vector<at::Tensor> together;
    for (size_t l = 0; l < means.size(); ++l) {
      together.push_back(networks > 0 ? at::stack(means[l])
                                      : inputs.new_empty({0, config_.channels[l], inputs.size(0)}));
    }
    return together;
  }

  // Convolution `layer` of one network, theta [P], on x [B, in, H, W].
  at::Tensor convolve(const at::Tensor& theta, size_t layer, const at::Tensor& x) const {
    const std::string& name = config_.layer_names[layer];
    const TensorSpec& weight = layout_.at(name + ".weight");
    at::Tensor bias;
    if (config_.conv_bias) {
      const TensorSpec& spec = layout_.at(name + ".bias");
      bias = theta.narrow(0, spec.offset, spec.size);
    }
    const int64_t stride = config_.strides[layer], padding = config_.kernel / 2;
    return at::conv2d(x, theta.narrow(0, weight.offset, weight.size).view(weight.shape), bias,
                      {stride, stride}, {padding, padding});
  }

  ConvNetConfig config_;
  Layout layout_;
  Symmetry symmetry_;
};

}  // namespace

Json convnet_to_json(const ConvNetConfig& config) {
  return {{"kind", "convnet"},
          {"input", config.input},
          {"channels", config.channels},
          {"strides", config.strides},
          {"kernel", config.kernel},
          {"classes", config.classes},
          {"activation", activation_name(config.activation)},
          {"conv_bias", config.conv_bias},
          {"layers", config.layer_names}};
}

ConvNetConfig convnet_config_from_json(const Json& json) {
  using Sizes = std::vector<int64_t>;
  ConvNetConfig config;
  config.input = json_get<Sizes>(json, "input", kConvNet);
  config.channels = json_get<Sizes>(json, "channels", kConvNet);
  config.strides = json_get<Sizes>(json, "strides", kConvNet);
  config.kernel = json_get<int64_t>(json, "kernel", kConvNet);
  config.classes = json_get<int64_t>(json, "classes", kConvNet);
  config.activation =
      activation_of_name(json_get<std::string>(json, "activation", kConvNet), kConvNet);
  config.conv_bias = json_get<bool>(json, "conv_bias", kConvNet);
  config.layer_names = json_get<std::vector<std::string>>(json, "layers", kConvNet);
  return config;
}

std::shared_ptr<const Architecture> make_convnet(const ConvNetConfig& config) {
  return std::make_shared<ConvNet>(config);
}

ConvNetConfig cifar10_convnet() {
  return {.input = {3, 32, 32},
          .channels = {16, 32},
          .strides = {2, 1},
          .layer_names = {"conv1", "conv2", "fc"}};
}

}  // namespace saltus
