// A small convolutional network: convolutions with an activation after each, the average over all
// places, and a Linear.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "saltus/network/architecture.h"

namespace saltus {

struct ConvNetConfig {
  std::vector<int64_t> input;     // {C, H, W}
  std::vector<int64_t> channels;  // out of each convolution
  std::vector<int64_t> strides;   // one a convolution
  int64_t kernel = 3;             // side of the square kernels, odd; padding is kernel / 2
  int64_t classes = 10;           // outputs
  Activation activation = Activation::relu;
  bool conv_bias = false;                // whether convolutions have a bias
  std::vector<std::string> layer_names;  // one a convolution, then the Linear: conv1, conv2, fc
};

// Each convolution's output channels are one unit group. Responses::hidden holds the average of
// each channel's activation over all places. `respond` runs the K networks one after the other on
// a CPU, measured faster there than one grouped convolution, by kernels of our own where they serve
// (convnet_one_by_one.h), and all at once (convnet_together.h) elsewhere. Error for a config that
// makes no network.
std::shared_ptr<const Architecture> make_convnet(const ConvNetConfig& config);

// {"kind": "convnet", ...}; Error names the key.
Json convnet_to_json(const ConvNetConfig& config);
ConvNetConfig convnet_config_from_json(const Json& json);

ConvNetConfig cifar10_convnet();  // 3x32x32, 16 / stride 2, 32, 10 classes: 5,370 parameters

}  // namespace saltus
