// The elementwise functions between a target network's layers.
#pragma once

#include <torch/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace saltus {

enum class Activation { relu, selu, tanh, gelu };

at::Tensor activate(Activation activation, const at::Tensor& x);  // same shape, differentiable
// The same, over x where the function allows it: of an x that nothing else needs.
at::Tensor activate_in_place(Activation activation, at::Tensor x);

std::vector<std::string> activation_names();
std::string_view activation_name(Activation activation);
// Error, beginning with `where`, listing the names that exist.
Activation activation_of_name(const std::string& name, std::string_view where);

}  // namespace saltus
