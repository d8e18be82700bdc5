// Makes products of our own kernels known to whoever counts LibTorch's.
#pragma once

namespace saltus {

// Tells LibTorch's observers of a call named kOwnProducts with one input: the operations, two for
// each sum of a product, of the products that follow.
inline constexpr const char* kOwnProducts = "saltus::own_products";
void announce_products(double operations);

}  // namespace saltus
