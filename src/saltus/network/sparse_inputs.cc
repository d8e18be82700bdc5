#include "saltus/network/sparse_inputs.h"

#include <ATen/Functions.h>
#include <ATen/autocast_mode.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include "saltus/base/error.h"
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

constexpr int64_t kRun = 8;  // background comes in runs: whole ones are passed over at a glance

struct alignas(64) TileRow : std::array<float, kSparseTile> {};

// Where the rows of a weight [K, units * I] begin, a tile at a time; zeros for those that the last
// tile lacks.
class RowsOfTiles {
 public:
  RowsOfTiles(const at::Tensor& weight, int64_t units)
      : data_(weight.const_data_ptr<float>()),
        stride_(weight.stride(0)),
        units_(units),
        columns_(weight.size(1) / units),
        rows_(weight.size(0) * units),
        zeros_(static_cast<size_t>(columns_)) {}

  std::array<const float*, kSparseTile> tile(int64_t first) const {
    std::array<const float*, kSparseTile> rows;
    for (int64_t r = 0; r < kSparseTile; ++r) {
      const int64_t row = first + r;
      rows[static_cast<size_t>(r)] =
          row < rows_ ? data_ + row / units_ * stride_ + row % units_ * columns_ : zeros_.data();
    }
    return rows;
  }

 private:
  const float* data_;
  int64_t stride_, units_, columns_, rows_;
  std::vector<float> zeros_;
};

}  // namespace

bool sparse_inputs_pay(const at::Tensor& weight, const at::Tensor& inputs, int64_t rows) {
  return weight.is_cpu() && weight.stride(1) == 1 && weight.scalar_type() == at::kFloat &&
         inputs.scalar_type() == at::kFloat && !wants_gradient(weight, inputs) &&
         !at::autocast::is_autocast_enabled(at::kCPU) && rows >= kSparseTile &&
         inputs.size(0) >= kFewestInputs && inputs.size(1) >= kFewestColumns;
}

std::optional<SparseInputs> SparseInputs::of(const at::Tensor& inputs) {
  SparseInputs sparse;
  if (inputs.numel() == 0 || inputs.numel() > std::numeric_limits<int32_t>::max())
    return std::nullopt;
  const auto most = static_cast<int64_t>(kLargestShare * static_cast<double>(inputs.numel()));
  if (!sparse.fill(inputs, most) || std::isnan(sparse.background_)) return std::nullopt;
  return sparse;
}

SparseInputs::SparseInputs(const at::Tensor& inputs) {
  check(inputs.numel() > 0 && inputs.numel() <= std::numeric_limits<int32_t>::max(),
        "SparseInputs: inputs [B, I]");
  fill(inputs, inputs.numel());
}

bool SparseInputs::fill(const at::Tensor& inputs, int64_t most) {
  const at::Tensor all = inputs.contiguous();
  inputs_ = all.size(0);
  columns_ = all.size(1);
  const auto* x = all.const_data_ptr<float>();
  background_ = most_frequent({x, x + columns_});
  column_.resize(static_cast<size_t>(most + columns_));  // one input too many fits
  value_.resize(column_.size());
  std::array<float, kRun> run;
  run.fill(background_);
  first_.push_back(0);
  size_t entries = 0;
  for (int64_t b = 0; b < inputs_; ++b, x += columns_) {
    for (int64_t begin = 0; begin < columns_; begin += kRun) {
      const int64_t end = std::min(begin + kRun, columns_);
      if (begin + kRun <= columns_ && std::memcmp(x + begin, run.data(), sizeof run) == 0) continue;
      for (int64_t i = begin; i < end; ++i) {
        column_[entries] = static_cast<int32_t>(i);
        value_[entries] = x[i] - background_;
        entries += x[i] != background_ ? 1 : 0;
      }
    }
    if (entries > static_cast<size_t>(most)) return false;
    first_.push_back(static_cast<int32_t>(entries));
  }
  return true;
}

at::Tensor SparseInputs::multiply(const at::Tensor& weight, const at::Tensor& bias) const {
  const int64_t units = bias.size(1), rows = weight.size(0) * units;
  const at::Tensor biases = bias.reshape({rows}), tile = at::empty({columns_, kSparseTile});
  auto* turned = tile.mutable_data_ptr<float>();
  at::Tensor y = at::empty({rows, inputs_});
  announce(rows);
  const RowsOfTiles from(weight, units);
  for (int64_t row = 0; row < rows; row += kSparseTile) {
    TileRow sums;
    sparse_product_kernels(selected_isa())
        .turn(from.tile(row).data(), columns_, turned, sums.data());
    multiply_tile(turned, sums.data(), biases, row, y);
  }
  return y;
}

void SparseInputs::multiply_tiles(const at::Tensor& tiles, const at::Tensor& bias,
                                  at::Tensor& y) const {
  const int64_t rows = y.size(0);
  announce(rows);
  for (int64_t row = 0; row < rows; row += kSparseTile) {
    const float* tile = tiles.const_data_ptr<float>() + row * columns_;
    TileRow sums;
    sparse_product_kernels(selected_isa()).add_up(tile, columns_, sums.data());
    multiply_tile(tile, sums.data(), bias, row, y);
  }
}

void SparseInputs::multiply_tile(const float* tile, float* sums, const at::Tensor& bias,
                                 int64_t row, at::Tensor& y) const {
  const int64_t count = std::min(kSparseTile, y.size(0) - row);
  const auto* biases = bias.const_data_ptr<float>() + row;
  for (int64_t r = 0; r < kSparseTile; ++r) {
    sums[r] = (r < count ? biases[r] : 0) + background_ * sums[r];
  }
  const SparseEntries entries{first_.data(), column_.data(), value_.data()};
  sparse_product_kernels(selected_isa())
      .multiply(tile, sums, entries, inputs_, count, y.mutable_data_ptr<float>() + row * inputs_,
                inputs_);
}

// A weight's gradient is the slopes times the inputs: the same product, with the slopes in tiles
// and the entries by column.
void SparseInputs::gradients(const at::Tensor& slope, at::Tensor& tiles, at::Tensor& bias) const {
  const int64_t rows = slope.size(0);
  const SparseProductKernels& kernels = sparse_product_kernels(selected_isa());
  const SparseInputs turned = by_column();
  const SparseEntries entries{turned.first_.data(), turned.column_.data(), turned.value_.data()};
  const at::Tensor slopes = at::empty({inputs_, kSparseTile});
  announce(rows);
  const RowsOfTiles from(slope, 1);
  for (int64_t t = 0; t < tiles.size(0); ++t) {
    const int64_t row = t * kSparseTile, count = std::min(kSparseTile, rows - row);
    TileRow base{};
    kernels.turn(from.tile(row).data(), inputs_, slopes.mutable_data_ptr<float>(), base.data());
    std::copy_n(base.data(), count, bias.mutable_data_ptr<float>() + row);
    for (float& sum : base) sum *= background_;
    kernels.multiply_to_tile(slopes.const_data_ptr<float>(), base.data(), entries, columns_,
                             tiles.mutable_data_ptr<float>() + row * columns_);
  }
}

SparseInputs SparseInputs::by_column() const {
  SparseInputs turned;
  turned.inputs_ = columns_;
  turned.columns_ = inputs_;
  turned.first_.assign(static_cast<size_t>(columns_) + 1, 0);
  const auto entries = static_cast<size_t>(first_.back());
  for (size_t e = 0; e < entries; ++e) ++turned.first_[static_cast<size_t>(column_[e]) + 1];
  std::partial_sum(turned.first_.begin(), turned.first_.end(), turned.first_.begin());
  turned.column_.resize(entries);
  turned.value_.resize(entries);
  std::vector<int32_t> next(turned.first_.begin(), turned.first_.end() - 1);
  for (int64_t b = 0; b < inputs_; ++b) {
    for (int32_t e = first_[static_cast<size_t>(b)]; e < first_[static_cast<size_t>(b) + 1]; ++e) {
      const auto from = static_cast<size_t>(e);
      const auto to = static_cast<size_t>(next[static_cast<size_t>(column_[from])]++);
      turned.column_[to] = static_cast<int32_t>(b);
      turned.value_[to] = value_[from];
    }
  }
  return turned;
}

// As many as a product by all numbers takes, so that shares of the peak stay comparable.
void SparseInputs::announce(int64_t rows) const {
  announce_products(2.0 * static_cast<double>(rows * columns_ * inputs_));
}

at::Tensor weight_tiles(const at::Tensor& weight, int64_t units) {
  const int64_t rows = weight.size(0) * units, columns = weight.size(1) / units;
  const int64_t count = (rows + kSparseTile - 1) / kSparseTile;
  at::Tensor tiles = at::empty({count, columns, kSparseTile}, weight.options());
  const RowsOfTiles from(weight, units);
  for (int64_t t = 0; t < count; ++t) {
    TileRow sums;
    sparse_product_kernels(selected_isa())
        .turn(from.tile(t * kSparseTile).data(), columns,
              tiles.mutable_data_ptr<float>() + t * columns * kSparseTile, sums.data());
  }
  return tiles;
}

void weight_from_tiles(const at::Tensor& tiles, int64_t units, const at::Tensor& weight) {
  const int64_t columns = tiles.size(1);
  const at::Tensor rows = tiles.transpose(1, 2).reshape({-1, columns});
  weight.copy_(rows.narrow(0, 0, weight.size(0) * units).view({weight.size(0), units * columns}));
}

}  // namespace saltus
