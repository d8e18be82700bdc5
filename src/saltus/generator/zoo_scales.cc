#include "saltus/generator/zoo_scales.h"

#include <ATen/Functions.h>

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
    const auto part = [&](const at::Tensor& x) { return x.narrow(-1, tensor.offset, tensor.size); };
    if (t == 0 && space.inputs()) {
      const auto columns = [&](const at::Tensor& x) {
        return part(x).reshape({-1, tensor.shape[1]});
      };
      const at::Tensor rms = columns(delta).square().mean(0).sqrt() + kFloor;
      columns(scales.delta).copy_(rms);
      columns(scales.start).copy_(columns(any).std(0) + kFloor);
      const at::Tensor weight = (directions.variance * rms.square()).pow(kWeightExponent);
      columns(scales.loss_weights).copy_(weight / weight.mean());
      continue;
    }
    part(scales.delta).fill_(part(delta).square().mean().sqrt() + kFloor);
    part(scales.start).fill_(part(any).std() + kFloor);
  }
  for (const KernelCosines::Kernel& kernel : space.cosines().kernels()) {
    const TensorSpec& tensor = space.layout().tensors()[kernel.tensor];
    const auto part = [&](const at::Tensor& x) {  // [n, out, in, height, width]
      return x.narrow(-1, tensor.offset, tensor.size)
          .view({-1, tensor.shape[0], tensor.shape[1], tensor.shape[2], tensor.shape[3]});
    };
    std::vector<int64_t> pooled = {0, 1};
    if (!kernel.channels) pooled.push_back(2);
    part(scales.delta).copy_(part(delta).square().mean(pooled, true).sqrt() + kFloor);
    part(scales.start).copy_(part(any).std(pooled, /*unbiased=*/true, /*keepdim=*/true) + kFloor);
  }
  return scales;
}

}  // namespace saltus
