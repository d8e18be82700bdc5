#include "saltus/network/mlp.h"

#include <algorithm>

#include "saltus/base/error.h"
#include "saltus/base/json.h"
#include "saltus/network/sparse_inputs.h"

namespace saltus {
namespace {

Layout mlp_layout(const MlpConfig& config) {
  std::vector<TensorSpec> tensors;
  if (config.log_std) tensors.push_back({.name = "log_std", .shape = {1}});
  for (size_t l = 0; l + 1 < config.sizes.size(); ++l) {
    const std::string& name = config.layer_names[l];
    tensors.push_back({.name = name + ".weight", .shape = {config.sizes[l + 1], config.sizes[l]}});
    tensors.push_back({.name = name + ".bias", .shape = {config.sizes[l + 1]}});
  }
  return Layout(std::move(tensors));
}

// One group a hidden layer: rows of its weight and bias, columns of the next weight.
Symmetry mlp_symmetry(const MlpConfig& config, const Layout& layout) {
  std::vector<UnitGroup> groups;
  for (size_t l = 0; l + 2 < config.sizes.size(); ++l) {
    const std::string& name = config.layer_names[l];
    groups.push_back({name,
                      config.sizes[l + 1],
                      {{layout.index(name + ".weight"), 0},
                       {layout.index(name + ".bias"), 0},
                       {layout.index(config.layer_names[l + 1] + ".weight"), 1}}});
  }
  return Symmetry(layout, std::move(groups));
}

const MlpConfig& validated(const MlpConfig& config) {
  const bool positive = std::ranges::all_of(config.sizes, [](int64_t n) { return n >= 1; });
  if (config.sizes.size() < 2 || !positive) {
    fail("architecture mlp: expected two or more sizes >= 1, found [{}]",
         fmt::join(config.sizes, ", "));
  }
  if (config.layer_names.size() != config.sizes.size() - 1) {
    fail("architecture mlp: expected {} layer names, found [{}]", config.sizes.size() - 1,
         fmt::join(config.layer_names, ", "));
  }
  return config;
}

class Mlp : public Architecture {
 public:
  explicit Mlp(const MlpConfig& config)
      : config_(validated(config)),
        layout_(mlp_layout(config_)),
        symmetry_(mlp_symmetry(config_, layout_)) {}

  const Layout& layout() const override { return layout_; }
  const Symmetry& symmetry() const override { return symmetry_; }
  std::vector<int64_t> input_shape() const override { return {config_.sizes.front()}; }
  int64_t outputs() const override { return config_.sizes.back(); }
  Json to_json() const override { return mlp_to_json(config_); }

  Responses respond(const at::Tensor& theta, const at::Tensor& inputs) const override {
    check_evaluation(*this, theta, inputs);
    const int64_t networks = theta.size(0);
    const int64_t batch = inputs.size(0);
    const size_t layers = config_.layer_names.size();
    size_t tensor = config_.log_std ? 1 : 0;
    Responses responses;
    at::Tensor x = inputs.to(theta.scalar_type()).t();  // [I, B], then [K, units, B]
    for (size_t l = 0; l < layers; ++l) {
      const int64_t in = config_.sizes[l], out = config_.sizes[l + 1];
      const at::Tensor weight = part(theta, tensor++);  // [K, out * in]
      const at::Tensor bias = part(theta, tensor++).view({networks, out, 1});
      if (l == 0) {
        x = first_layer(weight, bias, inputs, x).view({networks, out, batch});
      } else {
        x = at::baddbmm(bias, weight.view({networks, out, in}), x);
      }
      if (l + 1 < layers) {
        x = activate(config_.activation, x);
        responses.hidden.push_back(x);
      }
    }
    responses.output = x;
    return responses;
  }

 private:
  // All networks see the same inputs [B, I], `columns` [I, B] in the networks' type: one product
  // for all of them. weight [K, out * I], bias [K, out, 1] -> [K * out, B].
  static at::Tensor first_layer(const at::Tensor& weight, const at::Tensor& bias,
                                const at::Tensor& inputs, const at::Tensor& columns) {
    const int64_t rows = weight.size(0) * bias.size(1);
    if (sparse_inputs_pay(weight, inputs, rows)) {
      if (const auto sparse = SparseInputs::of(inputs)) return sparse->multiply(weight, bias);
    }
    return at::addmm(bias.reshape({rows, 1}), weight.reshape({rows, -1}), columns);
  }

  at::Tensor part(const at::Tensor& theta, size_t tensor) const {
    const TensorSpec& spec = layout_.tensors()[tensor];
    return theta.narrow(1, spec.offset, spec.size);
  }

  MlpConfig config_;
  Layout layout_;
  Symmetry symmetry_;
};

}  // namespace

Json mlp_to_json(const MlpConfig& config) {
  return {{"kind", "mlp"},
          {"sizes", config.sizes},
          {"activation", activation_name(config.activation)},
          {"layers", config.layer_names},
          {"log_std", config.log_std}};
}

MlpConfig mlp_config_from_json(const Json& json) {
  constexpr std::string_view kWhere = "architecture mlp";
  MlpConfig config;
  config.sizes = json_get<std::vector<int64_t>>(json, "sizes", kWhere);
  config.activation = activation_of_name(json_get<std::string>(json, "activation", kWhere), kWhere);
  config.layer_names = json_get<std::vector<std::string>>(json, "layers", kWhere);
  config.log_std = json_get<bool>(json, "log_std", kWhere);
  return config;
}

std::shared_ptr<const Architecture> make_mlp(const MlpConfig& config) {
  return std::make_shared<Mlp>(config);
}

MlpConfig cartpole_actor() {
  return {.sizes = {4, 32, 32, 1},
          .activation = Activation::selu,
          .layer_names = {"actor.0", "actor.2", "actor.4"},
          .log_std = true};
}

MlpConfig mnist_mlp() {
  return {.sizes = {784, 10, 10},
          .activation = Activation::relu,
          .layer_names = {"fc1", "fc2"},
          .log_std = false};
}

}  // namespace saltus
