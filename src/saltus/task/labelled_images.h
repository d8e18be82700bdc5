// A set of labelled images in memory, as bytes: what image tasks measure on and populations learn
// from.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "saltus/base/random.h"

namespace saltus {

struct LabelledImages {
  at::Tensor pixels;  // [N, C, H, W] uint8
  at::Tensor labels;  // [N] int64, 0 .. classes - 1
  // Of pixel / 255, one a channel: a network's input is (pixel / 255 - mean) / deviation.
  std::vector<double> mean, deviation;

  int64_t size() const { return pixels.size(0); }
  int64_t input_size() const { return pixels.numel() / pixels.size(0); }  // I = C * H * W
};

// The networks' inputs of pixels [n, C, H, W] of `set`: [n, I] float32, channel by channel.
at::Tensor network_inputs(const LabelledImages& set, const at::Tensor& pixels);

// Places of n images of `set`, each drawn from all of them: [n] int64.
at::Tensor random_images(const LabelledImages& set, int64_t n, RandomStream& random);

}  // namespace saltus
