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

at::Tensor random_images(const LabelledImages& set, int64_t n, RandomStream& random) {
  at::Tensor places = at::empty({n}, at::kLong);
  auto* out = places.mutable_data_ptr<int64_t>();
  for (int64_t i = 0; i < n; ++i) {
    out[i] = static_cast<int64_t>(random.below(static_cast<uint64_t>(set.size())));
  }
  return places;
}

}  // namespace saltus
