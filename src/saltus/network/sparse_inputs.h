// The first layer of many networks over the same inputs, where most numbers of an input are alike:
// the background of a picture. Those cost nothing then.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace saltus {

// Whether `rows` rows of `weight` and these inputs are worth looking at: float32 on a CPU, enough
// of both, nothing that wants a gradient or another precision.
bool sparse_inputs_pay(const at::Tensor& weight, const at::Tensor& inputs, int64_t rows);

class SparseInputs {
 public:
  // Of inputs [B, I] float32 on the CPU; none where fewer than seven in ten numbers are the
  // background's, the most frequent number of the first input: all products are faster then.
  static std::optional<SparseInputs> of(const at::Tensor& inputs);

  // weight [K, units * I] and bias [K, units, ...], float32, of networks whose numbers lie
  // together: W x + b [K * units, B], up to rounding.
  at::Tensor multiply(const at::Tensor& weight, const at::Tensor& bias) const;

 private:
  int64_t inputs_ = 0, columns_ = 0;
  float background_ = 0;
  std::vector<int32_t> first_, column_;  // see SparseEntries
  std::vector<float> value_;
};

}  // namespace saltus
