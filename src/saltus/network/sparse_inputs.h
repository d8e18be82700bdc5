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
  // The same whatever the share, at least one input.
  explicit SparseInputs(const at::Tensor& inputs);

  // weight [K, units * I] and bias [K, units, ...], float32, of networks whose numbers lie
  // together: W x + b [K * units, B], up to rounding.
  at::Tensor multiply(const at::Tensor& weight, const at::Tensor& bias) const;

  // The same of weights in tiles (weight_tiles) and bias [rows], written to y [rows, B]; each row's
  // result depends on nothing but its own weights.
  void multiply_tiles(const at::Tensor& tiles, const at::Tensor& bias, at::Tensor& y) const;

  // The gradients of what multiply_tiles computes, by the slope of an objective in y [rows, B]:
  // in tiles, and of the bias [rows].
  void gradients(const at::Tensor& slope, at::Tensor& tiles, at::Tensor& bias) const;

 private:
  SparseInputs() = default;
  bool fill(const at::Tensor& inputs, int64_t most);  // false: more entries than `most`
  SparseInputs by_column() const;                     // the same entries, turned
  void announce(int64_t rows) const;
  // Rows of y from `row` on, by their tile and its sums, which are overwritten.
  void multiply_tile(const float* tile, float* sums, const at::Tensor& bias, int64_t row,
                     at::Tensor& y) const;

  int64_t inputs_ = 0, columns_ = 0;
  float background_ = 0;
  std::vector<int32_t> first_, column_;  // see SparseEntries
  std::vector<float> value_;
};

// Rows of a weight [K, units * I], one a unit of a network, turned for sparse products: [tiles, I,
// kSparseTile], rows that the last tile lacks being 0. And back, to such a weight.
at::Tensor weight_tiles(const at::Tensor& weight, int64_t units);
void weight_from_tiles(const at::Tensor& tiles, int64_t units, const at::Tensor& weight);

}  // namespace saltus
