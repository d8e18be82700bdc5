// Forward and backward passes of a PackedMlp over blocks of 64 samples. Sums over units and samples
// run in a fixed order that does not depend on the tile sizes, which differ with the number of
// registers.
#pragma once

#include "saltus/base/lane_math.h"
#include "saltus/task/packed_mlp.h"

namespace saltus::SALTUS_ISA {

// Accumulators of a tile, in vectors of 16: about half of the registers.
inline constexpr int kTile = kPieces == 1 ? 16 : kPieces == 2 ? 4 : 2;

// Post-activations of one block, [64][H].
template <int H>
struct MlpActivations {
  alignas(64) float hidden1[kMlpBlock * H];
  alignas(64) float hidden2[kMlpBlock * H];
};

// out[s][:] = epilogue(s, start + sum over i of in(s, i) * weight[i][:]) for S samples from
// `first`.
template <int H, int S, int inputs, typename Input, typename Epilogue>
SALTUS_INLINE void multiply_tile(const float* weight, const float* start, int first,
                                 const Input& in, const Epilogue& epilogue) {
  constexpr int V = H / kLanes;
  Floats sums[S][V];
#pragma GCC unroll 16
  for (int s = 0; s < S; ++s) {
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) sums[s][v] = start ? load(start + v * kLanes) : all(0.0f);
  }
  for (int i = 0; i < inputs; ++i) {
    Floats w[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) w[v] = load(weight + i * H + v * kLanes);
#pragma GCC unroll 16
    for (int s = 0; s < S; ++s) {
      const Floats x = all(in(first + s, i));
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) sums[s][v] = sums[s][v] + x * w[v];
    }
  }
#pragma GCC unroll 16
  for (int s = 0; s < S; ++s) {
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) epilogue((first + s) * H + v * kLanes, sums[s][v]);
  }
}

// outputs[s] for samples [0, samples) of a block; samples a multiple of 16.
template <int H>
SALTUS_INLINE void mlp_forward(const PackedMlp<H>& net, const float* inputs, int samples,
                               MlpActivations<H>& act, float* outputs) {
  constexpr int V = H / kLanes;
  constexpr int S = kTile / V;
  const auto first_input = [&](int s, int i) __attribute__((always_inline)) {
    return inputs[i * kMlpBlock + s];
  };
  const auto second_input = [&](int s, int i) __attribute__((always_inline)) {
    return act.hidden1[s * H + i];
  };
  for (int s = 0; s < samples; s += S) {
    multiply_tile<H, S, kMlpInputs>(
        net.weight1, net.bias1, s,
        first_input, [&](int at, const Floats& x) __attribute__((always_inline)) {
          store(act.hidden1 + at, selu(x));
        });
  }
  for (int s = 0; s < samples; s += S) {
    multiply_tile<H, S, H>(
        net.weight2, net.bias2, s,
        second_input, [&](int at, const Floats& x) __attribute__((always_inline)) {
          store(act.hidden2 + at, selu(x));
        });
  }
  // The bias starts one lane's sum, and no product is added to a bare product.
  alignas(64) float bias[kLanes] = {net.tail[0]};
  const Floats start = opaque(load(bias));
  for (int s = 0; s < samples; s += kLanes) {
    Floats products[kLanes];
#pragma GCC unroll 16
    for (int r = 0; r < kLanes; ++r) {
      products[r] = start;
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) {
        products[r] = products[r] +
                      load(act.hidden2 + (s + r) * H + v * kLanes) * load(net.weight3 + v * kLanes);
      }
    }
    store(outputs + s, sum_rows(products));
  }
}

// gradient[i][:] += sum over the block of in(s, i) * delta[s][:].
template <int H, int inputs, typename Input>
SALTUS_INLINE void accumulate_outer(const Input& in, const float* delta, float* gradient) {
  constexpr int V = H / kLanes;
  constexpr int T = kTile / V < inputs ? kTile / V : inputs;
  for (int first = 0; first < inputs; first += T) {
    Floats sums[T][V];
#pragma GCC unroll 16
    for (int t = 0; t < T; ++t) {
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) sums[t][v] = load(gradient + (first + t) * H + v * kLanes);
    }
    for (int s = 0; s < kMlpBlock; ++s) {
      Floats d[V];
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) d[v] = load(delta + s * H + v * kLanes);
#pragma GCC unroll 16
      for (int t = 0; t < T; ++t) {
        const Floats x = all(in(s, first + t));
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) sums[t][v] = sums[t][v] + x * d[v];
      }
    }
#pragma GCC unroll 16
    for (int t = 0; t < T; ++t) {
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) store(gradient + (first + t) * H + v * kLanes, sums[t][v]);
    }
  }
}

// Adds the gradient of sum over s of output_slope[s] * output(s) to `gradient` (its tail[0] too).
// weight2_out_in is the second layer's weight as (out, in). Overwrites the activations.
template <int H>
SALTUS_INLINE void mlp_backward(const PackedMlp<H>& net, const float* weight2_out_in,
                                const float* inputs, const float* output_slope,
                                MlpActivations<H>& act, PackedMlp<H>& gradient) {
  constexpr int V = H / kLanes;
  constexpr int S = kTile / V;
  float* delta1 = act.hidden1;  // hidden values are replaced by their slopes once used
  float* delta2 = act.hidden2;

  Floats w3[V], g3[V], g2[V];
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) {
    w3[v] = load(net.weight3 + v * kLanes);
    g3[v] = load(gradient.weight3 + v * kLanes);
    g2[v] = load(gradient.bias2 + v * kLanes);
  }
  for (int s = 0; s < kMlpBlock; ++s) {
    const Floats slope = all(output_slope[s]);
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      const Floats h = load(act.hidden2 + s * H + v * kLanes);
      g3[v] = g3[v] + slope * h;
      const Floats d = slope * w3[v] * selu_slope(h);
      g2[v] = g2[v] + d;
      store(delta2 + s * H + v * kLanes, d);
    }
  }
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) {
    store(gradient.weight3 + v * kLanes, g3[v]);
    store(gradient.bias2 + v * kLanes, g2[v]);
  }
  Floats total = load(output_slope);
#pragma GCC unroll 4
  for (int s = kLanes; s < kMlpBlock; s += kLanes) total = total + load(output_slope + s);
  gradient.tail[0] += sum(total);

  accumulate_outer<H, H>(
      [&](int s, int i) __attribute__((always_inline)) { return act.hidden1[s * H + i]; }, delta2,
      gradient.weight2);

  Floats g1[V];
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) g1[v] = load(gradient.bias1 + v * kLanes);
  for (int s = 0; s < kMlpBlock; s += S) {
    multiply_tile<H, S, H>(
        weight2_out_in, nullptr,
        s, [&](int sample, int o) __attribute__((always_inline)) { return delta2[sample * H + o]; },
        [&](int at, const Floats& x) __attribute__((always_inline)) {
          store(delta1 + at, x * selu_slope(load(act.hidden1 + at)));
        });
  }
  for (int s = 0; s < kMlpBlock; ++s) {
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) g1[v] = g1[v] + load(delta1 + s * H + v * kLanes);
  }
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) store(gradient.bias1 + v * kLanes, g1[v]);
  accumulate_outer<H, kMlpInputs>(
      [&](int s, int i) __attribute__((always_inline)) { return inputs[i * kMlpBlock + s]; },
      delta1, gradient.weight1);
}

}  // namespace saltus::SALTUS_ISA
