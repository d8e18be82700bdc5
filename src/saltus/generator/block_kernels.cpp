// Compiled for AVX-512 with bfloat16 alone (saltus_kernels in CMakeLists.txt): nothing but kernels.
#include "saltus/generator/block_kernels.h"

#include <algorithm>

#include "saltus/generator/block_lanes.h"

namespace saltus::SALTUS_ISA {

namespace {

constexpr float kLayerNormEpsilon = 1e-5f;

template <int rows>
void layer_norm_rows(const float* x, int64_t n, const float* gamma, const float* beta, Bf16* out,
                     float* statistics) {
  const auto count = static_cast<float>(n);
  Vector mean[rows], rstd[rows];
  for (int r = 0; r < rows; ++r) mean[r] = rstd[r] = fill(0);
  each_vector(n, [&](int64_t i, __mmask16 lanes) {
    for (int r = 0; r < rows; ++r) mean[r] += load(x + r * n + i, lanes);
  });
  for (int r = 0; r < rows; ++r) {
    statistics[2 * r] = sum(mean[r]) / count;
    mean[r] = fill(statistics[2 * r]);
  }
  each_vector(n, [&](int64_t i, __mmask16 lanes) {
    for (int r = 0; r < rows; ++r) {
      const Vector apart = _mm512_maskz_sub_ps(lanes, load(x + r * n + i, lanes), mean[r]);
      rstd[r] += apart * apart;
    }
  });
  for (int r = 0; r < rows; ++r) {
    statistics[2 * r + 1] = 1 / __builtin_sqrtf(sum(rstd[r]) / count + kLayerNormEpsilon);
    rstd[r] = fill(statistics[2 * r + 1]);
  }
  each_vector(n, [&](int64_t i, __mmask16 lanes) {
    const Vector scale = load(gamma + i, lanes), shift = load(beta + i, lanes);
    for (int r = 0; r < rows; ++r) {
      const Vector standard = (load(x + r * n + i, lanes) - mean[r]) * rstd[r];
      store(out + r * n + i, lanes, standard * scale + shift);
    }
  });
}

void layer_norm(const float* x, int64_t rows, int64_t n, const float* gamma, const float* beta,
                Bf16* out, float* statistics) {
  in_fours(rows, [&](int64_t r, auto count) {
    layer_norm_rows<count>(x + r * n, n, gamma, beta, out + r * n, statistics + 2 * r);
  });
}

// With h = (x - mean) rstd and d = dout gamma: dx += rstd (d - mean(d) - h mean(d h)).
template <int rows>
void layer_norm_rows_backward(const float* dout, const float* x, const float* statistics, int64_t n,
                              const float* gamma, float* dx, float* dgamma, float* dbeta) {
  const auto count = static_cast<float>(n);
  Vector plain[rows], along[rows];
  for (int r = 0; r < rows; ++r) plain[r] = along[r] = fill(0);
  const auto standard = [&](int r, int64_t i, __mmask16 lanes) {
    return (load(x + r * n + i, lanes) - fill(statistics[2 * r])) * fill(statistics[2 * r + 1]);
  };
  each_vector(n, [&](int64_t i, __mmask16 lanes) {
    const Vector scale = load(gamma + i, lanes);
    Vector by_gamma = load(dgamma + i, lanes), by_beta = load(dbeta + i, lanes);
    for (int r = 0; r < rows; ++r) {
      const Vector own = load(dout + r * n + i, lanes), h = standard(r, i, lanes);
      const Vector d = own * scale;
      plain[r] += d;
      along[r] += d * h;
      by_gamma += own * h;
      by_beta += own;
    }
    store(dgamma + i, lanes, by_gamma);
    store(dbeta + i, lanes, by_beta);
  });
  for (int r = 0; r < rows; ++r) {
    plain[r] = fill(sum(plain[r]) / count);
    along[r] = fill(sum(along[r]) / count);
  }
  each_vector(n, [&](int64_t i, __mmask16 lanes) {
    const Vector scale = load(gamma + i, lanes);
    for (int r = 0; r < rows; ++r) {
      const int64_t at = r * n + i;
      const Vector apart = load(dout + at, lanes) * scale - plain[r];
      const Vector slope = apart - standard(r, i, lanes) * along[r];
      store(dx + at, lanes, load(dx + at, lanes) + fill(statistics[2 * r + 1]) * slope);
    }
  });
}

void layer_norm_backward(const float* dout, const float* x, const float* statistics, int64_t rows,
                         int64_t n, const float* gamma, float* dx, float* dgamma, float* dbeta) {
  in_fours(rows, [&](int64_t r, auto count) {
    layer_norm_rows_backward<count>(dout + r * n, x + r * n, statistics + 2 * r, n, gamma,
                                    dx + r * n, dgamma, dbeta);
  });
}

void narrow(const float* x, int64_t rows, int64_t n, const float* shift, Bf16* out) {
  for (int64_t r = 0; r < rows; ++r, x += n, out += n) {
    each_vector(n, [&](int64_t i, __mmask16 lanes) {
      store(out + i, lanes, load(x + i, lanes) + load(shift + i, lanes));
    });
  }
}

void residual(const float* x, const float* added, const float* shift, int64_t rows, int64_t n,
              float* y) {
  for (int64_t r = 0; r < rows; ++r, x += n, added += n, y += n) {
    each_vector(n, [&](int64_t i, __mmask16 lanes) {
      store(y + i, lanes, load(x + i, lanes) + load(added + i, lanes) + load(shift + i, lanes));
    });
  }
}

// The standard normal distribution: Φ(x) by the error function's approximation 7.1.26 of Abramowitz
// and Stegun (absolute error below 1.5e-7), and its density.
struct Normal {
  Vector distribution, density;

  explicit Normal(Vector x) {
    const Vector size = _mm512_abs_ps(x) * fill(0.70710678f);
    const Vector t = reciprocal(fill(1) + fill(0.3275911f) * size);
    const Vector bell = exp2(x * x * fill(-0.5f * kLog2E));
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
    each_vector(n, [&](int64_t i, __mmask16 lanes) {
      const Vector own = load(x + i, lanes) + load(shift + i, lanes);
      store(u + i, lanes, own);
      store(g + i, lanes, own * Normal(own).distribution);
    });
  }
}

void gelu_backward(const float* dg, const Bf16* u, int64_t rows, int64_t n, Bf16* du, Bf16* g,
                   int64_t stride) {
  for (int64_t r = 0; r < rows; ++r, dg += n, u += stride, du += stride, g += stride) {
    each_vector(n, [&](int64_t i, __mmask16 lanes) {
      const Vector own = load(u + i, lanes);
      const Normal normal(own);
      store(g + i, lanes, own * normal.distribution);
      store(du + i, lanes, load(dg + i, lanes) * (normal.distribution + own * normal.density));
    });
  }
}

template <int rows>
void softmax_rows(float* s, int64_t tokens, int64_t stride, float scale, Bf16* p) {
  const Vector factor = fill(scale * kLog2E);
  Vector highest[rows], total[rows];
  for (int r = 0; r < rows; ++r) highest[r] = fill(-3e38f);
  each_vector(tokens, [&](int64_t i, __mmask16 lanes) {
    for (int r = 0; r < rows; ++r) {
      highest[r] =
          _mm512_mask_max_ps(highest[r], lanes, highest[r], load(s + r * stride + i, lanes));
    }
  });
  for (int r = 0; r < rows; ++r) {
    highest[r] = fill(_mm512_reduce_max_ps(highest[r])) * factor;
    total[r] = fill(0);
  }
  each_vector(tokens, [&](int64_t i, __mmask16 lanes) {
    for (int r = 0; r < rows; ++r) {
      float* x = s + r * stride + i;
      const Vector share = _mm512_maskz_mov_ps(lanes, exp2(load(x, lanes) * factor - highest[r]));
      store(x, kAll, share);
      total[r] += share;
    }
  });
  for (int r = 0; r < rows; ++r) total[r] = fill(1 / sum(total[r]));
  for (int64_t i = 0; i < stride; i += kLanes) {
    for (int r = 0; r < rows; ++r) {
      const int64_t at = r * stride + i;
      store(p + at, kAll, load(s + at, kAll) * total[r]);
    }
  }
}

void softmax(float* s, int64_t tokens, int64_t stride, float scale, Bf16* p) {
  in_fours(tokens, [&](int64_t r, auto rows) {
    softmax_rows<rows>(s + r * stride, tokens, stride, scale, p + r * stride);
  });
}

template <int rows>
void softmax_rows_backward(float* dp, const Bf16* p, int64_t tokens, int64_t stride, float scale,
                           Bf16* ds) {
  Vector mean[rows];
  for (int r = 0; r < rows; ++r) mean[r] = fill(0);
  each_vector(tokens, [&](int64_t i, __mmask16 lanes) {
    for (int r = 0; r < rows; ++r) {
      mean[r] += load(dp + r * stride + i, lanes) * load(p + r * stride + i, lanes);
    }
  });
  for (int r = 0; r < rows; ++r) mean[r] = fill(sum(mean[r]));
  each_vector(tokens, [&](int64_t i, __mmask16 lanes) {
    for (int r = 0; r < rows; ++r) {
      const int64_t at = r * stride + i;
      const Vector slope = load(p + at, lanes) * (load(dp + at, lanes) - mean[r]);
      store(dp + at, kAll, slope);
      store(ds + at, kAll, slope * fill(scale));
    }
  });
}

void softmax_backward(float* dp, const Bf16* p, int64_t tokens, int64_t stride, float scale,
                      Bf16* ds) {
  in_fours(tokens, [&](int64_t r, auto rows) {
    softmax_rows_backward<rows>(dp + r * stride, p + r * stride, tokens, stride, scale,
                                ds + r * stride);
  });
}

void add_edges(float* s, int64_t stride, int64_t queries, int64_t keys, const float* features,
               const float* weights, int64_t count) {
  for (int64_t q = 0; q < queries; ++q, s += stride, features += keys) {
    each_vector(keys, [&](int64_t i, __mmask16 lanes) {
      Vector logits = load(s + i, lanes);
      for (int64_t f = 0; f < count; ++f) {
        logits += fill(weights[f]) * load(features + f * queries * keys + i, lanes);
      }
      store(s + i, lanes, logits);
    });
  }
}

void edges_backward(const float* ds, int64_t stride, int64_t queries, int64_t keys,
                    const float* features, float* dweights, int64_t count) {
  for (int64_t f = 0; f < count; ++f) {
    Vector total = fill(0);
    for (int64_t q = 0; q < queries; ++q) {
      each_vector(keys, [&](int64_t i, __mmask16 lanes) {
        total += load(ds + q * stride + i, lanes) * load(features + q * keys + i, lanes);
      });
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
    each_vector(n, [&](int64_t i, __mmask16 lanes) {
      _mm512_mask_storeu_epi32(out + i, lanes, pair(x, x_stride, r, rows, i, lanes));
    });
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
    each_vector(columns, [&](int64_t i, __mmask16 lanes) {
      __m512i square[16];
      for (int64_t k = 0; k < kLanes; ++k) {
        square[k] = k < here ? row(r + k, i, lanes) : _mm512_setzero_si512();
      }
      transpose_square(square);
      const int64_t down = std::min<int64_t>(kLanes, columns - i);
      for (int64_t k = 0; k < down; ++k) {
        _mm512_mask_storeu_epi32(out + (i + k) * out_stride + r, wide, square[k]);
      }
    });
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
