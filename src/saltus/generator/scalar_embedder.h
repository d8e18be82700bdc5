// The paper preset's embedding of a scalar: sines, cosines and the scalar itself.
#pragma once

#include <torch/torch.h>

namespace saltus {

// n frequencies evenly spaced in the exponent from 2^0 to 2^max_log2, float32 [n].
//
// The product of a raw scalar (up to 1000) and a frequency (up to 2^14) loses whole radians when
// rounded to float32, so an embedding is only defined by the exact float32 table. This one equals
// the reference's bit for bit; a model read from a file brings its own.
at::Tensor embedding_frequencies(int64_t n, int64_t max_log2);

// Buffer `frequencies` [n], as in the reference's state_dict.
class ScalarEmbedderImpl : public torch::nn::Module {
 public:
  ScalarEmbedderImpl(int64_t n, int64_t max_log2);
  // scalars [...] float32 -> [..., 2n + 1]: n sines, n cosines, the scalar.
  at::Tensor forward(const at::Tensor& scalars);
  int64_t size() const { return 2 * frequencies.numel() + 1; }

  at::Tensor frequencies;
};
TORCH_MODULE(ScalarEmbedder);

}  // namespace saltus
