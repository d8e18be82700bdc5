// A linear layer as one operation.
#pragma once

#include <torch/nn/modules/linear.h>

namespace saltus {

// x [..., in] -> [..., out]. The C++ frontend's own forward() adds the bias in a pass of its own
// where x has more than two dimensions.
inline at::Tensor linear(const torch::nn::LinearImpl& layer, const at::Tensor& x) {
  return at::linear(x.contiguous(), layer.weight, layer.bias);
}

}  // namespace saltus
