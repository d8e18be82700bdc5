// Compiled for AVX-512 with bfloat16 alone (saltus_kernels in CMakeLists.txt): nothing but kernels.
#include "saltus/generator/block_kernels.h"

#include <immintrin.h>

#include <algorithm>

#include "saltus/base/lane_math.h"

namespace saltus::SALTUS_ISA {

namespace {

using Vector = __m512;

constexpr float kLayerNormEpsilon = 1e-5f;

// Lanes of the vector that begins at i of n.
__mmask16 lanes_of(int64_t i, int64_t n) {
  return n - i >= kLanes ? __mmask16(0xffff) : __mmask16((1u << (n - i)) - 1);
}

Vector load(const float* x, __mmask16 lanes) { return _mm512_maskz_loadu_ps(lanes, x); }
void store(float* x, __mmask16 lanes, Vector v) { _mm512_mask_storeu_ps(x, lanes, v); }

__m512i load_words(const Bf16* x, __mmask16 lanes) {
  return _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(lanes, x));
}
Vector load(const Bf16* x, __mmask16 lanes) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(load_words(x, lanes), 16));
}
void store(Bf16* x, __mmask16 lanes, Vector v) {
  _mm256_mask_storeu_epi16(x, lanes, reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(v)));
}

Vector fill(float x) { return _mm512_set1_ps(x); }
Vector exp(Vector x) { return saltus::SALTUS_ISA::exp(Floats{{x}}).piece[0]; }
float sum(Vector x) { return _mm512_reduce_add_ps(x); }

void layer_norm(const float* x, int64_t rows, int64_t n, const float* gamma, const float* beta,
                Bf16* out, float* statistics) {
  const auto count = static_cast<float>(n);
  for (int64_t r = 0; r < rows; ++r, x += n, out += n, statistics += 2) {
    Vector total = fill(0);
    for (int64_t i = 0; i < n; i += kLanes) total += load(x + i, lanes_of(i, n));
    const float mean = sum(total) / count;
    Vector squares = fill(0);
    for (int64_t i = 0; i < n; i += kLanes) {
      const __mmask16 lanes = lanes_of(i, n);
      const Vector apart = _mm512_maskz_sub_ps(lanes, load(x + i, lanes), fill(mean));
      squares += apart * apart;
    }
    const float rstd = 1 / __builtin_sqrtf(sum(squares) / count + kLayerNormEpsilon);
    for (int64_t i = 0; i < n; i += kLanes) {
      const __mmask16 lanes = lanes_of(i, n);
      const Vector standard = (load(x + i, lanes) - fill(mean)) * fill(rstd);
      store(out + i, lanes, standard * load(gamma + i, lanes) + load(beta + i, lanes));
    }
    statistics[0] = mean;
    statistics[1] = rstd;
  }
}

// With h = (x - mean) rstd and d = dout gamma: dx += rstd (d - mean(d) - h mean(d h)).
void layer_norm_backward(const float* dout, const float* x, const float* statistics, int64_t rows,
                         int64_t n, const float* gamma, float* dx, float* dgamma, float* dbeta) {
  const auto count = static_cast<float>(n);
  for (int64_t r = 0; r < rows; ++r, dout += n, x += n, dx += n, statistics += 2) {
    const Vector mean = fill(statistics[0]), rstd = fill(statistics[1]);
    const auto standard = [&](int64_t i, __mmask16 lanes) {
      return (load(x + i, lanes) - mean) * rstd;
    };
    Vector plain = fill(0), along = fill(0);
    for (int64_t i = 0; i < n; i += kLanes) {
      const __mmask16 lanes = lanes_of(i, n);
      const Vector own = load(dout + i, lanes), h = standard(i, lanes);
      const Vector d = own * load(gamma + i, lanes);
      plain += d;
      along += d * h;
      store(dgamma + i, lanes, load(dgamma + i, lanes) + own * h);
      store(dbeta + i, lanes, load(dbeta + i, lanes) + own);
    }
    const Vector mean_plain = fill(sum(plain) / count), mean_along = fill(sum(along) / count);
    for (int64_t i = 0; i < n; i += kLanes) {
      const __mmask16 lanes = lanes_of(i, n);
      const Vector d = load(dout + i, lanes) * load(gamma + i, lanes);
      const Vector slope = rstd * (d - mean_plain - standard(i, lanes) * mean_along);
      store(dx + i, lanes, load(dx + i, lanes) + slope);
    }
  }
}

void narrow(const float* x, int64_t rows, int64_t n, const float* shift, Bf16* out) {
  for (int64_t r = 0; r < rows; ++r, x += n, out += n) {
    for (int64_t i = 0; i < n; i += kLanes) {
      const __mmask16 lanes = lanes_of(i, n);
      store(out + i, lanes, load(x + i, lanes) + load(shift + i, lanes));
    }
  }
}

void residual(const float* x, const float* added, const float* shift, int64_t rows, int64_t n,
              float* y) {
  for (int64_t r = 0; r < rows; ++r, x += n, added += n, y += n) {
    for (int64_t i = 0; i < n; i += kLanes) {
      const __mmask16 lanes = lanes_of(i, n);
      store(y + i, lanes, load(x + i, lanes) + load(added + i, lanes) + load(shift + i, lanes));
    }
  }
}

// The standard normal distribution: Φ(x) by the error function's approximation 7.1.26 of Abramowitz
// and Stegun (absolute error below 1.5e-7), and its density.
struct Normal {
  Vector distribution, density;

  explicit Normal(Vector x) {
    const Vector size = _mm512_abs_ps(x) * fill(0.70710678f);
    const Vector t = fill(1) / (fill(1) + fill(0.3275911f) * size);
    const Vector bell = exp(fill(0) - size * size);
    Vector p = fill(1.061405429f) * t + fill(-1.453152027f);
    p = p * t + fill(1.421413741f);
    p = p * t + fill(-0.284496736f);
    p = p * t + fill(0.254829592f);
    const Vector tail = fill(0.5f) * (p * t * bell);  // beyond |x|
    const __mmask16 negative = _mm512_cmp_ps_mask(x, fill(0), _CMP_LT_OQ);
    distribution = _mm512_mask_mov_ps(fill(1) - tail, negative, tail);
    density = fill(0.39894228f) * bell;
  }
};

void gelu(const float* x, const float* shift, int64_t rows, int64_t n, Bf16* u, Bf16* g,
          int64_t stride) {
  for (int64_t r = 0; r < rows; ++r, x += n, u += stride, g += stride) {
    for (int64_t i = 0; i < n; i += kLanes) {
      const __mmask16 lanes = lanes_of(i, n);
      const Vector own = load(x + i, lanes) + load(shift + i, lanes);
      store(u + i, lanes, own);
      store(g + i, lanes, own * Normal(own).distribution);
    }
  }
}

void gelu_backward(const float* dg, const Bf16* u, int64_t rows, int64_t n, Bf16* du, Bf16* g,
                   int64_t stride) {
  for (int64_t r = 0; r < rows; ++r, dg += n, u += stride, du += stride, g += stride) {
    for (int64_t i = 0; i < n; i += kLanes) {
      const __mmask16 lanes = lanes_of(i, n);
      const Vector own = load(u + i, lanes);
      const Normal normal(own);
      store(g + i, lanes, own * normal.distribution);
      store(du + i, lanes, load(dg + i, lanes) * (normal.distribution + own * normal.density));
    }
  }
}

void softmax(float* s, int64_t tokens, int64_t stride, float scale, Bf16* p) {
  for (int64_t r = 0; r < tokens; ++r, s += stride, p += stride) {
    Vector most = fill(-3e38f);
    for (int64_t i = 0; i < tokens; i += kLanes) {
      const __mmask16 lanes = lanes_of(i, tokens);
      most = _mm512_mask_max_ps(most, lanes, most, load(s + i, lanes));
    }
    const Vector highest = fill(_mm512_reduce_max_ps(most));
    Vector total = fill(0);
    for (int64_t i = 0; i < tokens; i += kLanes) {
      const __mmask16 lanes = lanes_of(i, tokens);
      const Vector share =
          _mm512_maskz_mov_ps(lanes, exp((load(s + i, lanes) - highest) * fill(scale)));
      store(s + i, lanes, share);
      total += share;
    }
    const Vector part = fill(1 / sum(total));
    for (int64_t i = 0; i < stride; i += kLanes) {
      const __mmask16 lanes = i < tokens ? lanes_of(i, tokens) : __mmask16(0);
      store(p + i, lanes_of(i, stride), load(s + i, lanes) * part);
    }
  }
}

void softmax_backward(float* dp, const Bf16* p, int64_t tokens, int64_t stride, float scale,
                      Bf16* ds) {
  for (int64_t r = 0; r < tokens; ++r, dp += stride, p += stride, ds += stride) {
    Vector along = fill(0);
    for (int64_t i = 0; i < tokens; i += kLanes) {
      const __mmask16 lanes = lanes_of(i, tokens);
      along += load(dp + i, lanes) * load(p + i, lanes);
    }
    const Vector mean = fill(sum(along));
    for (int64_t i = 0; i < stride; i += kLanes) {
      const __mmask16 lanes = i < tokens ? lanes_of(i, tokens) : __mmask16(0);
      const Vector slope = load(p + i, lanes) * (load(dp + i, lanes) - mean);
      store(dp + i, lanes, slope);
      store(ds + i, lanes_of(i, stride), _mm512_maskz_mov_ps(lanes, slope * fill(scale)));
    }
  }
}

void add_edges(float* s, int64_t stride, int64_t queries, int64_t keys, const float* features,
               const float* weights, int64_t count) {
  for (int64_t q = 0; q < queries; ++q, s += stride, features += keys) {
    for (int64_t i = 0; i < keys; i += kLanes) {
      const __mmask16 lanes = lanes_of(i, keys);
      Vector logits = load(s + i, lanes);
      for (int64_t f = 0; f < count; ++f) {
        logits += fill(weights[f]) * load(features + f * queries * keys + i, lanes);
      }
      store(s + i, lanes, logits);
    }
  }
}

void edges_backward(const float* ds, int64_t stride, int64_t queries, int64_t keys,
                    const float* features, float* dweights, int64_t count) {
  for (int64_t f = 0; f < count; ++f) {
    Vector total = fill(0);
    for (int64_t q = 0; q < queries; ++q) {
      for (int64_t i = 0; i < keys; i += kLanes) {
        const __mmask16 lanes = lanes_of(i, keys);
        total += load(ds + q * stride + i, lanes) * load(features + q * keys + i, lanes);
      }
    }
    dweights[f] += sum(total);
    features += queries * keys;
  }
}

// Rows r and r + 1 of x at column i, side by side.
__m512i pair(const Bf16* x, int64_t x_stride, int64_t r, int64_t rows, int64_t i, __mmask16 lanes) {
  const __m512i first = load_words(x + r * x_stride + i, lanes);
  if (r + 1 == rows) return first;
  return first | _mm512_slli_epi32(load_words(x + (r + 1) * x_stride + i, lanes), 16);
}

void pair_rows(const Bf16* x, int64_t x_stride, int64_t rows, int64_t n, uint32_t* out,
               int64_t out_stride) {
  for (int64_t r = 0; r < rows; r += 2, out += out_stride) {
    for (int64_t i = 0; i < n; i += kLanes) {
      const __mmask16 lanes = lanes_of(i, n);
      _mm512_mask_storeu_epi32(out + i, lanes, pair(x, x_stride, r, rows, i, lanes));
    }
  }
}

// Sixteen rows of sixteen become columns: neighbours two by two, then four by four, then quarters
// of a register.
void transpose_square(__m512i* r) {
  __m512i t[16];
#pragma GCC unroll 8
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4) {
    r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
    r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
    r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
    r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
  constexpr int kEven = 0x88, kOdd = 0xdd;  // quarters 0 and 2, or 1 and 3, of both
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
    const __m512i even_low = _mm512_shuffle_i32x4(r[j], r[4 + j], kEven);
    const __m512i even_high = _mm512_shuffle_i32x4(r[8 + j], r[12 + j], kEven);
    const __m512i odd_low = _mm512_shuffle_i32x4(r[j], r[4 + j], kOdd);
    const __m512i odd_high = _mm512_shuffle_i32x4(r[8 + j], r[12 + j], kOdd);
    t[j] = _mm512_shuffle_i32x4(even_low, even_high, kEven);
    t[4 + j] = _mm512_shuffle_i32x4(odd_low, odd_high, kEven);
    t[8 + j] = _mm512_shuffle_i32x4(even_low, even_high, kOdd);
    t[12 + j] = _mm512_shuffle_i32x4(odd_low, odd_high, kOdd);
  }
#pragma GCC unroll 16
  for (int i = 0; i < 16; ++i) r[i] = t[i];
}

// out [columns, rows] = the transpose of what `row(r, i, lanes)` gives: columns i ... of row r.
template <typename Row>
void transpose_rows(int64_t rows, int64_t columns, uint32_t* out, int64_t out_stride,
                    const Row& row) {
  for (int64_t r = 0; r < rows; r += kLanes) {
    const __mmask16 wide = lanes_of(r, rows);
    const int64_t here = std::min<int64_t>(kLanes, rows - r);
    for (int64_t i = 0; i < columns; i += kLanes) {
      const __mmask16 lanes = lanes_of(i, columns);
      __m512i square[16];
      for (int64_t k = 0; k < kLanes; ++k) {
        square[k] = k < here ? row(r + k, i, lanes) : _mm512_setzero_si512();
      }
      transpose_square(square);
      const int64_t down = std::min<int64_t>(kLanes, columns - i);
      for (int64_t k = 0; k < down; ++k) {
        _mm512_mask_storeu_epi32(out + (i + k) * out_stride + r, wide, square[k]);
      }
    }
  }
}

void transpose(const Bf16* x, int64_t x_stride, int64_t rows, int64_t n, uint32_t* out,
               int64_t out_stride) {
  transpose_rows((rows + 1) / 2, n, out, out_stride, [&](int64_t r, int64_t i, __mmask16 lanes) {
    return pair(x, x_stride, 2 * r, rows, i, lanes);
  });
}

void transpose_pairs(const uint32_t* x, int64_t x_stride, int64_t rows, int64_t pairs,
                     uint32_t* out, int64_t out_stride) {
  transpose_rows(rows, pairs, out, out_stride, [&](int64_t r, int64_t i, __mmask16 lanes) {
    return _mm512_maskz_loadu_epi32(lanes, x + r * x_stride + i);
  });
}

void sum_pairs(const uint32_t* x, int64_t rows, int64_t pairs, float* sums) {
  const __m512i upper = _mm512_set1_epi32(static_cast<int>(0xffff0000));
  for (int64_t r = 0; r < rows; ++r, x += pairs) {
    Vector total = fill(0);
    for (int64_t i = 0; i < pairs; i += kLanes) {
      const __m512i both = _mm512_maskz_loadu_epi32(lanes_of(i, pairs), x + i);
      total += _mm512_castsi512_ps(both & upper);
      total += _mm512_castsi512_ps(_mm512_slli_epi32(both, 16));
    }
    sums[r] = sum(total);
  }
}

}  // namespace

extern const BlockKernels kBlockKernels;
const BlockKernels kBlockKernels = {layer_norm,
                                    layer_norm_backward,
                                    narrow,
                                    residual,
                                    gelu,
                                    gelu_backward,
                                    softmax,
                                    softmax_backward,
                                    add_edges,
                                    edges_backward,
                                    pair_rows,
                                    transpose,
                                    transpose_pairs,
                                    sum_pairs};

}  // namespace saltus::SALTUS_ISA
