// Compiled once for each instruction set (saltus_kernels in CMakeLists.txt): nothing but kernels.
#include "saltus/network/convolution_kernels.h"

#include "saltus/base/lanes.h"

namespace saltus::SALTUS_ISA {

namespace {

// Places of a row at once: their sums stay in registers, and hide how long an addition takes.
constexpr int kPlaces = kPieces == 1 ? 8 : 2;

// `places` places from `column` on of output row `row`, 16 * blocks channels from `first` on. Not
// inlined: its sums and addresses need all registers.
template <int places, int blocks>
__attribute__((noinline)) void some_places(const ConvolutionPass& p, int64_t row, int64_t column,
                                           int64_t first, Floats* totals) {
  Floats sum[places][blocks];
#pragma GCC unroll 8
  for (int i = 0; i < places; ++i) {
#pragma GCC unroll 2
    for (int b = 0; b < blocks; ++b) sum[i][b] = load(p.bias + first + b * kLanes);
  }
  const int64_t step = p.stride * p.in, out = p.out, across = p.kernel * p.in;
  const float* weight = p.weight + first;
  const float* row_of_x = p.x + (row * p.x_width + column) * step;
  for (int64_t ky = 0; ky < p.kernel; ++ky, row_of_x += p.x_width * p.in) {
    // A row of the kernel: its columns follow one another in the map as in the weights.
    for (const float* x = row_of_x; x != row_of_x + across; ++x, weight += out) {
      Floats w[blocks];
#pragma GCC unroll 2
      for (int b = 0; b < blocks; ++b) w[b] = opaque(load(weight + b * kLanes));
#pragma GCC unroll 8
      for (int i = 0; i < places; ++i) {
        const Floats value = all(x[i * step]);
#pragma GCC unroll 2
        for (int b = 0; b < blocks; ++b) sum[i][b] = sum[i][b] + value * w[b];
      }
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < places; ++i) {
#pragma GCC unroll 2
    for (int b = 0; b < blocks; ++b) {
      const Floats active = max(all(0.0f), sum[i][b]);  // what is no number stays none
      totals[b] = totals[b] + active;
      if (p.y != nullptr) {
        store(p.y + (row * p.y_width + column + i) * p.out + first + b * kLanes, active);
      }
    }
  }
}

template <int blocks>
void channels(const ConvolutionPass& p, int64_t first) {
  Floats totals[blocks];
  for (int b = 0; b < blocks; ++b) totals[b] = all(0.0f);
  for (int64_t row = 0; row < p.height; ++row) {
    int64_t column = 0;
    for (; column + kPlaces <= p.width; column += kPlaces) {
      some_places<kPlaces, blocks>(p, row, column, first, totals);
    }
    for (; column < p.width; ++column) some_places<1, blocks>(p, row, column, first, totals);
  }
  const Floats places = all(static_cast<float>(p.height * p.width));
  for (int b = 0; b < blocks; ++b) store(p.means + first + b * kLanes, totals[b] / places);
}

void relu_pass(const ConvolutionPass& p) {
  int64_t first = 0;
  for (; first + 2 * kLanes <= p.out; first += 2 * kLanes) channels<2>(p, first);
  if (first < p.out) channels<1>(p, first);
}

}  // namespace

extern const ConvolutionKernels kConvolutionKernels;
const ConvolutionKernels kConvolutionKernels = {relu_pass};

}  // namespace saltus::SALTUS_ISA
