#include "saltus/generator/small_products.h"

#include <ATen/Parallel.h>
#include <ATen/native/CPUBlas.h>

#include <algorithm>
#include <vector>

#include "saltus/base/isa.h"

namespace saltus {

bool has_small_products() {
  static const bool able = has_bf16_products() && selected_isa() == Isa::avx512;
  return able;
}

bool small_products_pay() { return has_small_products() && at::get_num_threads() == 1; }

void multiply(const Product& p) {
  at::native::cpublas::brgemm(p.rows, p.columns, p.inner, p.a_stride, p.b_stride, p.c_stride,
                              /*add_C=*/false, reinterpret_cast<const at::BFloat16*>(p.a),
                              reinterpret_cast<const at::BFloat16*>(p.b), p.c, /*is_vnni=*/true);
}

SecondFactor::SecondFactor(int64_t inner, int64_t columns)
    : pairs_(inner / 2),
      columns_(columns),
      memory_(at::empty({pairs_ * ((columns + kBlock - 1) / kBlock * kBlock)}, at::kInt)) {}

void SecondFactor::multiply(const Bf16* x, int64_t x_stride, int64_t rows, int64_t first,
                            int64_t columns, float* y, int64_t y_stride) const {
  constexpr int64_t kRowsAtOnce = 128;  // of x, which stay in the cache over all blocks
  const auto* blocks = static_cast<const uint32_t*>(memory_.const_data_ptr());
  for (int64_t r = 0; r < rows; r += kRowsAtOnce) {
    for (int64_t c = 0; c < columns; c += kBlock) {
      saltus::multiply({std::min(kRowsAtOnce, rows - r), std::min(kBlock, columns - c), 2 * pairs_,
                        x + r * x_stride, x_stride, blocks + (first + c) * pairs_, kBlock,
                        y + r * y_stride + c, y_stride});
    }
  }
}

}  // namespace saltus
