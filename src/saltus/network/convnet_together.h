// ConvNets of one architecture all at once: what fills a GPU, where one network after another is
// mostly waiting. (On a CPU, one after another is faster: the maps stay in the cache.)
#pragma once

#include "saltus/network/convnet.h"
#include "saltus/network/lockstep_gradient.h"

namespace saltus {

// As Architecture::respond of that network, up to rounding, by matrix products over unfolded maps.
// All up to the averages over places is computed in the type `convolutions`, the rest in theta's.
// Differentiable. Memory: a layer's unfolded maps, K * B * channels in * kernel^2 * places numbers;
// where a gradient is wanted, those of all layers.
Responses respond_together(const ConvNetConfig& config, const Layout& layout,
                           const at::Tensor& theta, const at::Tensor& inputs,
                           at::ScalarType convolutions);

// Its gradients, by automatic differentiation.
std::unique_ptr<LockstepGradient> make_convnet_together_gradient(const ConvNetConfig& config,
                                                                 at::ScalarType convolutions);

}  // namespace saltus
