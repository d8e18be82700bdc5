#include "saltus/network/activation.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <array>

#include "saltus/base/error.h"
#include "saltus/base/options.h"

namespace saltus {
namespace {

struct ActivationInfo {
  Activation activation;
  std::string_view name;
};
constexpr std::array<ActivationInfo, 4> kActivations = {{{Activation::relu, "relu"},
                                                         {Activation::selu, "selu"},
                                                         {Activation::tanh, "tanh"},
                                                         {Activation::gelu, "gelu"}}};

}  // namespace

at::Tensor activate(Activation activation, const at::Tensor& x) {
  switch (activation) {
    case Activation::relu:
      return at::relu(x);
    case Activation::selu:
      return at::selu(x);
    case Activation::tanh:
      return at::tanh(x);
    case Activation::gelu:
      return at::gelu(x);
  }
  fail("activation: unknown value {}", static_cast<int>(activation));
}

at::Tensor activate_in_place(Activation activation, at::Tensor x) {
  switch (activation) {
    case Activation::relu:
      return at::relu_(x);
    case Activation::selu:
      return at::selu_(x);
    case Activation::tanh:
      return x.tanh_();
    case Activation::gelu:
      break;  // its slope needs x
  }
  return activate(activation, x);
}

std::vector<std::string> activation_names() {
  std::vector<std::string> names;
  for (const ActivationInfo& info : kActivations) names.emplace_back(info.name);
  return names;
}

std::string_view activation_name(Activation activation) {
  return std::ranges::find(kActivations, activation, &ActivationInfo::activation)->name;
}

Activation activation_of_name(const std::string& name, std::string_view where) {
  const auto* info = std::ranges::find(kActivations, name, &ActivationInfo::name);
  if (info == kActivations.end()) {
    fail("{}: key 'activation': expected one of {}, found '{}'; did you mean {}?", where,
         fmt::join(activation_names(), ", "), name, nearest_name(name, activation_names()));
  }
  return info->activation;
}

}  // namespace saltus
