#include "saltus/network/one_by_one_gradient.h"

#include <ATen/Functions.h>

namespace saltus {

PackedNetworks OneByOneGradient::pack(const at::Tensor& theta) const {
  PackedNetworks packed;
  for (int64_t k = 0; k < theta.size(0); ++k) {
    packed.push_back(theta[k].clone(at::MemoryFormat::Contiguous));
  }
  return packed;
}

at::Tensor OneByOneGradient::unpack(const PackedNetworks& packed) const {
  return at::stack(packed);
}

void OneByOneGradient::evaluate(const PackedNetworks& theta, const at::Tensor& inputs,
                                const OutputSlope& slope, PackedNetworks& gradients) {
  const at::Tensor shared = prepared(inputs);
  for (size_t k = 0; k < theta.size(); ++k) one_network(theta[k], shared, slope, gradients[k]);
}

}  // namespace saltus
