// What products of our own kernels share: where they may take the place of LibTorch's, and that
// whoever counts LibTorch's knows of them.
#pragma once

#include <torch/types.h>

namespace saltus {

// Whether a gradient of a product of these will be asked for, which our kernels do not have.
bool wants_gradient(const at::Tensor& a, const at::Tensor& b);

// Tells LibTorch's observers of a call named kOwnProducts with one input: the operations, two for
// each sum of a product, of the products that follow.
inline constexpr const char* kOwnProducts = "saltus::own_products";
void announce_products(double operations);

}  // namespace saltus
