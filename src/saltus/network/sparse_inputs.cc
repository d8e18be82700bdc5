#include "saltus/network/sparse_inputs.h"

#include <ATen/Functions.h>
#include <ATen/autocast_mode.h>

#include <algorithm>
#include <array>
#include <limits>

#include "saltus/network/own_products.h"
#include "saltus/network/sparse_product_kernels.h"

namespace saltus {
namespace {

constexpr int64_t kFewestInputs = 32, kFewestColumns = 64;
constexpr double kLargestShare = 0.3;  // of numbers other than the background

float most_frequent(std::vector<float> values) {
  std::ranges::sort(values);
  float best = values.front();
  size_t most = 0;
  for (size_t begin = 0, end = 0; begin < values.size(); begin = end) {
    while (end < values.size() && values[end] == values[begin]) ++end;
    if (end == begin) break;  // NaN
    if (end - begin > most) {
      most = end - begin;
      best = values[begin];
    }
  }
  return best;
}

}  // namespace

bool sparse_inputs_pay(const at::Tensor& weight, const at::Tensor& inputs, int64_t rows) {
  return weight.is_cpu() && weight.stride(1) == 1 && weight.scalar_type() == at::kFloat &&
         inputs.scalar_type() == at::kFloat && !wants_gradient(weight, inputs) &&
         !at::autocast::is_autocast_enabled(at::kCPU) && rows >= kSparseTile &&
         inputs.size(0) >= kFewestInputs && inputs.size(1) >= kFewestColumns;
}

std::optional<SparseInputs> SparseInputs::of(const at::Tensor& inputs) {
  const at::Tensor all = inputs.contiguous();
  SparseInputs sparse;
  sparse.inputs_ = all.size(0);
  sparse.columns_ = all.size(1);
  if (all.numel() == 0 || all.numel() > std::numeric_limits<int32_t>::max()) return std::nullopt;
  const auto* x = all.const_data_ptr<float>();
  sparse.background_ = most_frequent({x, x + sparse.columns_});
  const auto most = static_cast<size_t>(kLargestShare * static_cast<double>(all.numel()));
  sparse.column_.resize(most + static_cast<size_t>(sparse.columns_));  // one input too many fits
  sparse.value_.resize(sparse.column_.size());
  sparse.first_.push_back(0);
  size_t entries = 0;
  for (int64_t b = 0; b < sparse.inputs_; ++b, x += sparse.columns_) {
    for (int64_t i = 0; i < sparse.columns_; ++i) {
      sparse.column_[entries] = static_cast<int32_t>(i);
      sparse.value_[entries] = x[i] - sparse.background_;
      entries += x[i] != sparse.background_ ? 1 : 0;
    }
    if (entries > most) return std::nullopt;
    sparse.first_.push_back(static_cast<int32_t>(entries));
  }
  return sparse;
}

at::Tensor SparseInputs::multiply(const at::Tensor& weight, const at::Tensor& bias) const {
  const int64_t networks = weight.size(0), units = bias.size(1), rows = networks * units;
  const SparseProductKernels& kernels = sparse_product_kernels(selected_isa());
  const SparseEntries entries{first_.data(), column_.data(), value_.data()};
  const auto* weights = weight.const_data_ptr<float>();
  const auto* biases = bias.const_data_ptr<float>();
  const std::vector<float> zeros(static_cast<size_t>(columns_));  // rows that a tile lacks
  const at::Tensor tile = at::empty({columns_, kSparseTile});
  at::Tensor y = at::empty({rows, inputs_});
  // As many as a product by all numbers takes, so that shares of the peak stay comparable.
  announce_products(2.0 * static_cast<double>(rows * columns_ * inputs_));
  for (int64_t row = 0; row < rows; row += kSparseTile) {
    const int64_t count = std::min(kSparseTile, rows - row);
    std::array<const float*, kSparseTile> from;
    from.fill(zeros.data());
    alignas(64) std::array<float, kSparseTile> constants, base{};
    constants.fill(0);
    for (int64_t r = 0; r < count; ++r) {
      const int64_t network = (row + r) / units, unit = (row + r) % units;
      from[static_cast<size_t>(r)] = weights + network * weight.stride(0) + unit * columns_;
      constants[static_cast<size_t>(r)] = biases[network * bias.stride(0) + unit];
    }
    kernels.turn(from.data(), columns_, tile.mutable_data_ptr<float>(), base.data());
    for (size_t r = 0; r < base.size(); ++r) base[r] = constants[r] + background_ * base[r];
    kernels.multiply(tile.const_data_ptr<float>(), base.data(), entries, inputs_, count,
                     y.mutable_data_ptr<float>() + row * inputs_, inputs_);
  }
  return y;
}

}  // namespace saltus
