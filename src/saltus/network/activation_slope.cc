#include "saltus/network/activation_slope.h"

#include <ATen/Functions.h>

#include "saltus/base/error.h"

namespace saltus {

at::Tensor activate_units(Activation activation, at::Tensor& before, at::Tensor& after) {
  if (activation != Activation::gelu) return activate_in_place(activation, before);
  if (!after.defined() || after.sizes() != before.sizes()) after = at::empty_like(before);
  return at::gelu_out(after, before);
}

void activation_backward(Activation activation, at::Tensor& out, const at::Tensor& slope,
                         const at::Tensor& before, const at::Tensor& after) {
  constexpr double kSeluAlpha = 1.6732632423543772848170429916717;
  constexpr double kSeluScale = 1.0507009873554804934193349852946;
  switch (activation) {
    case Activation::relu:
      at::threshold_backward_out(out, slope, after, 0);
      return;
    case Activation::selu:
      at::elu_backward_out(out, slope, kSeluAlpha, kSeluScale, 1, /*is_result=*/true, after);
      return;
    case Activation::tanh:
      at::tanh_backward_out(out, slope, after);
      return;
    case Activation::gelu:
      at::gelu_backward_out(out, slope, before);
      return;
  }
}

}  // namespace saltus
