// The memory form in which the cart-pole kernels keep a 4-H-H-1 network: a lane is a hidden unit.
#pragma once

#include <cstdint>

namespace saltus {

// Samples are handled 64 at a time: inputs as [4][64], one output each as [64].
inline constexpr int kMlpBlock = 64;
inline constexpr int kMlpInputs = 4;

// Weights are transposed, [in][out], so that one input feeds a row of units. Every member is a
// multiple of 16 floats; unused ones stay 0, so the whole is one flat vector for Adam and norms.
template <int H>
struct alignas(64) PackedMlp {
  static_assert(H % 16 == 0, "whole lanes of hidden units");
  float weight1[kMlpInputs * H];
  float bias1[H];
  float weight2[H * H];
  float bias2[H];
  float weight3[H];
  float tail[16];  // the output's bias, the log standard deviation of an actor, zeros

  static constexpr int64_t kFloats = kMlpInputs * H + H + H * H + H + H + 16;
  float* data() { return weight1; }
  const float* data() const { return weight1; }
};

// Offsets of `actor.0.weight` and so on in θ of the actor; log_std comes first.
template <int H>
struct ActorOffsets {
  static constexpr int64_t log_std = 0, weight1 = 1, bias1 = weight1 + kMlpInputs * H,
                           weight2 = bias1 + H, bias2 = weight2 + H * H, weight3 = bias2 + H,
                           bias3 = weight3 + H, end = bias3 + 1;
};

// From and to the order of the state_dict: log_std, then weights as (out, in) and biases by layer.
template <int H>
void pack_mlp(const float* theta, PackedMlp<H>& packed) {
  using O = ActorOffsets<H>;
  for (int o = 0; o < H; ++o) {
    for (int i = 0; i < kMlpInputs; ++i)
      packed.weight1[i * H + o] = theta[O::weight1 + o * kMlpInputs + i];
    for (int i = 0; i < H; ++i) packed.weight2[i * H + o] = theta[O::weight2 + o * H + i];
    packed.bias1[o] = theta[O::bias1 + o];
    packed.bias2[o] = theta[O::bias2 + o];
    packed.weight3[o] = theta[O::weight3 + o];
  }
  for (float& x : packed.tail) x = 0;
  packed.tail[0] = theta[O::bias3];
  packed.tail[1] = theta[O::log_std];
}

template <int H>
void unpack_mlp(const PackedMlp<H>& packed, float* theta) {
  using O = ActorOffsets<H>;
  for (int o = 0; o < H; ++o) {
    for (int i = 0; i < kMlpInputs; ++i)
      theta[O::weight1 + o * kMlpInputs + i] = packed.weight1[i * H + o];
    for (int i = 0; i < H; ++i) theta[O::weight2 + o * H + i] = packed.weight2[i * H + o];
    theta[O::bias1 + o] = packed.bias1[o];
    theta[O::bias2 + o] = packed.bias2[o];
    theta[O::weight3 + o] = packed.weight3[o];
  }
  theta[O::bias3] = packed.tail[0];
  theta[O::log_std] = packed.tail[1];
}

}  // namespace saltus
