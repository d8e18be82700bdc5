// Gradients of convolutional networks by hand: the convolutions are the library's, channels last
// and, where asked for, in bfloat16; activations stay in place, and the images are prepared once
// for all networks.
#pragma once

#include <memory>

#include "saltus/network/convnet.h"
#include "saltus/network/lockstep_gradient.h"

namespace saltus {

// One network after another (OneByOneGradient). `convolutions`, float32, float64 or bfloat16, is
// the type of the convolutions: of what goes in, what comes out, slopes and kernels' gradients,
// which are then widened. Averages over places and the Linear have the parameters' own.
std::unique_ptr<LockstepGradient> make_convnet_gradient(const ConvNetConfig& config,
                                                        at::ScalarType convolutions);

}  // namespace saltus
