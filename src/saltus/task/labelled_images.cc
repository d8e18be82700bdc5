#include "saltus/task/labelled_images.h"

#include <ATen/Functions.h>

namespace saltus {

at::Tensor network_inputs(const LabelledImages& set, const at::Tensor& pixels) {
  const auto channels = static_cast<int64_t>(set.mean.size());
  const auto column = [&](const std::vector<double>& values) {
    return at::tensor(values, at::kDouble).view({1, channels, 1, 1});
  };
  // pixel * scale + shift, each rounded once.
  const at::Tensor scale = (1 / (255 * column(set.deviation))).to(at::kFloat);
  const at::Tensor shift = (-column(set.mean) / column(set.deviation)).to(at::kFloat);
  return (pixels.to(at::kFloat) * scale + shift).flatten(1);
}

}  // namespace saltus
