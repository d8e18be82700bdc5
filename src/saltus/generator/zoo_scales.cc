#include "saltus/generator/zoo_scales.h"

#include <ATen/Functions.h>

#include <algorithm>

namespace saltus {
namespace {

constexpr double kWeightExponent = 0.75;
constexpr double kFloor = 1e-8;

}  // namespace

ZooScales zoo_scales(const CompactSpace& space, const InputDirections& directions,
                     const ZooSample& sample) {
  const int64_t dimension = space.layout().parameters();
  const at::Tensor delta = space.difference(sample.last, sample.first, directions.basis),
                   any = space.coordinates(sample.any, directions.basis);
  ZooScales scales{at::empty({dimension}), at::empty({dimension}), at::ones({dimension})};
  for (size_t t = 0; t < space.layout().tensors().size(); ++t) {
    const TensorSpec& tensor = space.layout().tensors()[t];
    const bool rotated = t == 0 && space.inputs();
    const auto kernel = std::ranges::find(space.cosines().kernels(), tensor.name,
                                          [](const auto& k) { return k.weight.name; });
    const bool by_frequency = kernel != space.cosines().kernels().end();
    const auto part = [&](const at::Tensor& x) { return x.narrow(-1, tensor.offset, tensor.size); };
    if (!rotated && !by_frequency) {
      part(scales.delta).fill_(part(delta).square().mean().sqrt() + kFloor);
      part(scales.start).fill_(part(any).std() + kFloor);
      continue;
    }
    const int64_t width = rotated ? tensor.shape[1] : kernel->frequencies();
    const auto columns = [&](const at::Tensor& x) { return part(x).reshape({-1, width}); };
    const at::Tensor rms = columns(delta).square().mean(0).sqrt() + kFloor;
    columns(scales.delta).copy_(rms);
    columns(scales.start).copy_(columns(any).std(0) + kFloor);
    if (!rotated) continue;
    const at::Tensor weight = (directions.variance * rms.square()).pow(kWeightExponent);
    columns(scales.loss_weights).copy_(weight / weight.mean());
  }
  return scales;
}

}  // namespace saltus
