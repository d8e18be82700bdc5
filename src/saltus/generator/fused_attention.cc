#include "saltus/generator/fused_attention.h"

#include <cmath>

#include "saltus/generator/small_products.h"

namespace saltus {

FusedAttention::FusedAttention(const AttentionShape& shape, const BlockKernels& kernels)
    : shape_(shape),
      kernels_(kernels),
      scale_(1 / std::sqrt(static_cast<float>(shape.head()))),
      logits_(static_cast<size_t>(shape.tokens * shape.stride())),
      slopes_(logits_.size()),
      second_(static_cast<size_t>(shape.stride() * shape.head())),
      turned_(static_cast<size_t>(shape.tokens * shape.stride())) {}

const uint32_t* FusedAttention::transposed(const Bf16* x, int64_t stride) {
  // Pairs of columns are 32 bits: x and its rows begin at even places.
  kernels_.transpose_pairs(reinterpret_cast<const uint32_t*>(x), stride / 2, shape_.tokens,
                           shape_.head() / 2, second_.data(), shape_.stride());
  return second_.data();
}

const uint32_t* FusedAttention::paired(const Bf16* x, int64_t stride) {
  kernels_.pair_rows(x, stride, shape_.tokens, shape_.head(), second_.data(), shape_.head());
  return second_.data();
}

void FusedAttention::multiply_transposed(const Bf16* a, const uint32_t* b, float* c,
                                         int64_t c_stride) {
  const int64_t pairs = shape_.stride() / 2;
  kernels_.transpose(a, shape_.stride(), shape_.tokens, shape_.tokens, turned_.data(), pairs);
  multiply({shape_.tokens, shape_.head(), shape_.even(),
            reinterpret_cast<const Bf16*>(turned_.data()), 2 * pairs, b, shape_.head(), c,
            c_stride});
}

void FusedAttention::forward(const Bf16* qkv, const std::vector<EdgeTerm>& edges, int64_t sample,
                             Bf16* p, float* out) {
  const int64_t T = shape_.tokens, C = shape_.width, D = shape_.head(), stride = shape_.stride();
  for (int64_t h = 0; h < shape_.heads; ++h, p += T * stride) {
    const Bf16* q = qkv + h * D;
    multiply({T, T, D, q, 3 * C, transposed(q + C, 3 * C), stride, logits_.data(), stride});
    for (const EdgeTerm& edge : edges) {
      const int64_t size = edge.count * edge.queries * edge.keys;
      // The softmax scales all it is given.
      scaled_weights_.assign(edge.weights + h * edge.count, edge.weights + (h + 1) * edge.count);
      for (float& weight : scaled_weights_) weight /= scale_;
      kernels_.add_edges(logits_.data() + edge.first_query * stride + edge.first_key, stride,
                         edge.queries, edge.keys, edge.features + sample * size,
                         scaled_weights_.data(), edge.count);
    }
    kernels_.softmax(logits_.data(), T, stride, scale_, p);
    multiply({T, D, shape_.even(), p, stride, paired(q + 2 * C, 3 * C), D, out + h * D, C});
  }
}

void FusedAttention::backward(const Bf16* dout, const Bf16* qkv, const Bf16* p,
                              const std::vector<EdgeTerm>& edges, int64_t sample, float* dqkv) {
  const int64_t T = shape_.tokens, C = shape_.width, D = shape_.head(), stride = shape_.stride();
  for (int64_t h = 0; h < shape_.heads; ++h, p += T * stride) {
    const Bf16 *own = dout + h * D, *q = qkv + h * D, *k = q + C, *v = k + C;
    float *dq = dqkv + h * D, *dk = dq + C, *dv = dk + C;
    multiply({T, T, D, own, C, transposed(v, 3 * C), stride, logits_.data(), stride});
    kernels_.softmax_backward(logits_.data(), p, T, stride, scale_, slopes_.data());
    for (const EdgeTerm& edge : edges) {
      const int64_t size = edge.count * edge.queries * edge.keys;
      kernels_.edges_backward(logits_.data() + edge.first_query * stride + edge.first_key, stride,
                              edge.queries, edge.keys, edge.features + sample * size,
                              edge.dweights + h * edge.count, edge.count);
    }
    multiply_transposed(p, paired(own, C), dv, 3 * C);
    multiply({T, D, shape_.even(), slopes_.data(), stride, paired(k, 3 * C), D, dq, 3 * C});
    multiply_transposed(slopes_.data(), paired(q, 3 * C), dk, 3 * C);
  }
}

}  // namespace saltus
