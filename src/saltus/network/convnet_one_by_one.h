// The forward pass of ConvNets with ReLU on a CPU, image by image: maps never leave the cache.
#pragma once

#include "saltus/network/convnet.h"

namespace saltus {

// Whether this can be computed so: float32 on a CPU, ReLU, channels by the sixteen, and nothing
// that wants a gradient.
bool one_by_one_fits(const ConvNetConfig& config, const at::Tensor& theta,
                     const at::Tensor& inputs);

// Responses::hidden, [K, channels, B] of each convolution, up to rounding.
std::vector<at::Tensor> channel_means_one_by_one(const ConvNetConfig& config, const Layout& layout,
                                                 const at::Tensor& theta, const at::Tensor& inputs);

}  // namespace saltus
