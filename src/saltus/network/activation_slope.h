// Hidden units' activations and the slopes of a loss through them, in place where possible, for
// gradients written out by hand.
#pragma once

#include <torch/types.h>

#include "saltus/network/activation.h"

namespace saltus {

// Activates `before` in place, or, where the slope needs what stood there, into `after`; returns
// the result. `after` may be undefined.
at::Tensor activate_units(Activation activation, at::Tensor& before, at::Tensor& after);

// The slope of the loss with respect to the activations `after` of `before`, any view that expands
// to their shape -> that with respect to `before`, written to `out`, which may be `slope` itself.
void activation_backward(Activation activation, at::Tensor& out, const at::Tensor& slope,
                         const at::Tensor& before, const at::Tensor& after);

}  // namespace saltus
