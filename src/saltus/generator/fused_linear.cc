#include "saltus/generator/fused_linear.h"

#include <ATen/Functions.h>

namespace saltus {
namespace {

uint32_t* pairs_of(const at::Tensor& x) { return static_cast<uint32_t*>(x.mutable_data_ptr()); }
const Bf16* halves_of(const at::Tensor& x) { return static_cast<const Bf16*>(x.const_data_ptr()); }

}  // namespace

FusedLinear::FusedLinear(const BlockKernels& kernels, Layers layers)
    : kernels_(kernels), layers_(std::move(layers)), in_(layers_.front().first.size(1)) {
  for (const auto& [weight, bias] : layers_) out_ += weight.size(0);
  weight_ = at::empty({out_, in_}, at::kBFloat16);
  shift_ = at::empty({out_});
  forward_ = SecondFactor(in_, out_);
}

void FusedLinear::pack(bool for_backward) {
  int64_t first = 0;
  for (const auto& [weight, bias] : layers_) {
    const int64_t rows = weight.size(0);
    weight_.narrow(0, first, rows).copy_(weight);
    shift_.narrow(0, first, rows).copy_(bias);
    first += rows;
  }
  forward_.fill([&](int64_t c, int64_t some, uint32_t* to) {
    kernels_.transpose_pairs(pairs_of(weight_) + c * in_ / 2, in_ / 2, some, in_ / 2, to,
                             SecondFactor::kBlock);
  });
  if (!for_backward) return;
  if (!backward_.has_memory()) backward_ = SecondFactor(out_, in_);
  backward_.fill([&](int64_t c, int64_t some, uint32_t* to) {
    kernels_.pair_rows(halves_of(weight_) + c, in_, out_, some, to, SecondFactor::kBlock);
  });
}

void FusedLinear::forward(const Bf16* x, int64_t rows, int64_t first, int64_t columns,
                          float* y) const {
  forward_.multiply(x, in_, rows, first, columns, y, columns);
}

void FusedLinear::backward(const Bf16* dy, int64_t rows, int64_t first, int64_t columns,
                           float* dx) const {
  backward_.multiply(dy, out_, rows, first, columns, dx, columns);
}

WeightGradient::WeightGradient(const BlockKernels& kernels, int64_t rows, int64_t in, int64_t out)
    : kernels_(kernels),
      in_(in),
      out_(out),
      pairs_((rows + 1) / 2),
      dy_(at::empty({out, pairs_}, at::kInt)),
      x_(2 * pairs_, in) {}

void WeightGradient::add(int64_t first, int64_t rows, const Bf16* dy, const Bf16* x) {
  kernels_.transpose(dy, out_, rows, out_, pairs_of(dy_) + first / 2, pairs_);
  x_.fill([&](int64_t c, int64_t some, uint32_t* to) {
    kernels_.pair_rows(x + c, in_, rows, some, to + first / 2 * SecondFactor::kBlock,
                       SecondFactor::kBlock);
  });
}

at::Tensor WeightGradient::weight() const {
  at::Tensor gradient = at::empty({out_, in_});
  x_.multiply(halves_of(dy_), 2 * pairs_, out_, 0, in_, gradient.mutable_data_ptr<float>(), in_);
  return gradient;
}

at::Tensor WeightGradient::bias() const {
  at::Tensor gradient = at::empty({out_});
  kernels_.sum_pairs(pairs_of(dy_), out_, pairs_, gradient.mutable_data_ptr<float>());
  return gradient;
}

}  // namespace saltus
