// Small data for the tests of supervised populations.
#pragma once

#include <torch/torch.h>

#include "saltus/network/small_networks_test.h"
#include "saltus/task/labelled_images.h"

namespace saltus::testing {

// 70 images of 1 x 4 x 4 in 3 classes that can be told apart: class c is brighter in row c.
inline LabelledImages small_images() {
  LabelledImages images;
  RandomStream random(1, "small_images");
  images.pixels = at::empty({70, 1, 4, 4}, at::kByte);
  images.labels = at::empty({70}, at::kLong);
  for (int64_t n = 0; n < 70; ++n) {
    images.labels[n] = n % 3;
    for (int64_t i = 0; i < 16; ++i) {
      const auto noise = static_cast<int64_t>(random.below(100));
      images.pixels.view({70, 16})[n][i] = noise + (i / 4 == n % 3 ? 100 : 0);
    }
  }
  images.mean = {0.3};
  images.deviation = {0.25};
  return images;
}

}  // namespace saltus::testing
