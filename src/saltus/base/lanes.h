// Sixteen floats (or integers) as one value, with arithmetic, for kernels that are compiled once
// for each instruction set. A value is made of as many registers as the set needs: one of AVX-512,
// two of AVX2, four of SSE2 or NEON. Only GCC's vector extensions, which clang shares: no
// intrinsics.
//
// Include from kernel sources (*.cpp) only. Those define
// SALTUS_ISA, which names the namespace, so that no function compiled for a newer machine is ever
// shared.
#pragma once

#ifndef SALTUS_ISA
#error "lanes.h: include it only from kernel sources, which are compiled once for each SALTUS_ISA"
#endif

#include <cstddef>
#include <cstdint>
#include <utility>

#define SALTUS_INLINE inline __attribute__((always_inline))

namespace saltus::SALTUS_ISA {

inline constexpr int kLanes = 16;
#if defined(__AVX512F__)
inline constexpr int kPieceLanes = 16;
#elif defined(__AVX2__)
inline constexpr int kPieceLanes = 8;
#else
inline constexpr int kPieceLanes = 4;
#endif
inline constexpr int kPieces = kLanes / kPieceLanes;
using PieceIndices = std::make_index_sequence<kPieces>;

using FloatPiece __attribute__((vector_size(4 * kPieceLanes))) = float;
using IntPiece __attribute__((vector_size(4 * kPieceLanes))) = int32_t;
using UintPiece __attribute__((vector_size(4 * kPieceLanes))) = uint32_t;

template <typename Piece>
struct Lanes {
  Piece piece[kPieces];
};
using Floats = Lanes<FloatPiece>;
using Ints = Lanes<IntPiece>;  // also masks: every lane 0 or -1
using Uints = Lanes<UintPiece>;

// Applies `operation` piece by piece. Piece must be the type `operation` returns.
template <typename Piece, typename Operation, size_t... I, typename... Values>
SALTUS_INLINE Lanes<Piece> by_piece(Operation operation, std::index_sequence<I...>,
                                    const Values&... values) {
  const auto one = [&](auto index) __attribute__((always_inline)) {
    return operation(values.piece[index.value]...);
  };
  return {{one(std::integral_constant<size_t, I>{})...}};
}
template <typename Piece, typename Operation, typename... Values>
SALTUS_INLINE Lanes<Piece> by_piece(Operation operation, const Values&... values) {
  return by_piece<Piece>(operation, PieceIndices{}, values...);
}

#define SALTUS_LANES_OPERATION(op)                                                            \
  template <typename Piece>                                                                   \
  SALTUS_INLINE Lanes<Piece> operator op(const Lanes<Piece>& a, const Lanes<Piece>& b) {      \
    return by_piece<Piece>(                                                                   \
        [](Piece x, Piece y) __attribute__((always_inline))->Piece { return x op y; }, a, b); \
  }
SALTUS_LANES_OPERATION(+)
SALTUS_LANES_OPERATION(-)
SALTUS_LANES_OPERATION(*)
SALTUS_LANES_OPERATION(/)
SALTUS_LANES_OPERATION(&)
SALTUS_LANES_OPERATION(|)
SALTUS_LANES_OPERATION(^)
#undef SALTUS_LANES_OPERATION

#define SALTUS_LANES_COMPARISON(op)                                               \
  SALTUS_INLINE Ints operator op(const Floats& a, const Floats& b) {              \
    return by_piece<IntPiece>(                                                    \
        [](FloatPiece x, FloatPiece y) __attribute__((always_inline))->IntPiece { \
          return x op y;                                                          \
        },                                                                        \
        a, b);                                                                    \
  }
SALTUS_LANES_COMPARISON(<)
SALTUS_LANES_COMPARISON(>)
SALTUS_LANES_COMPARISON(>=)
#undef SALTUS_LANES_COMPARISON

template <int bits, typename Piece>
SALTUS_INLINE Lanes<Piece> shift_left(const Lanes<Piece>& a) {
  return by_piece<Piece>(
      [](Piece x) __attribute__((always_inline))->Piece { return x << bits; }, a);
}
template <int bits, typename Piece>
SALTUS_INLINE Lanes<Piece> shift_right(const Lanes<Piece>& a) {
  return by_piece<Piece>(
      [](Piece x) __attribute__((always_inline))->Piece { return x >> bits; }, a);
}

// The same bits as another type of lane.
template <typename To, typename From>
SALTUS_INLINE Lanes<To> bits_as(const Lanes<From>& a) {
  return by_piece<To>(
      [](From x) __attribute__((always_inline))->To { return (To)x; }, a);
}

// x - 0 is x for every x, so this is a broadcast and nothing else.
SALTUS_INLINE Floats all(float x) {
  const FloatPiece piece = x - FloatPiece{};
  return by_piece<FloatPiece>(
      [&](FloatPiece) __attribute__((always_inline))->FloatPiece { return piece; }, Floats{});
}
SALTUS_INLINE Ints all(int32_t x) {
  const IntPiece piece = x - IntPiece{};
  return by_piece<IntPiece>(
      [&](IntPiece) __attribute__((always_inline))->IntPiece { return piece; }, Ints{});
}

// Memory of kernels is aligned to 64 bytes. The piece types may alias the scalars they are made of.
template <typename Piece, typename Scalar>
SALTUS_INLINE Lanes<Piece> load_lanes(const Scalar* memory) {
  typedef Piece __attribute__((may_alias)) Stored;
  Lanes<Piece> r;
#pragma GCC unroll 4
  for (int i = 0; i < kPieces; ++i) r.piece[i] = reinterpret_cast<const Stored*>(memory)[i];
  return r;
}
template <typename Piece, typename Scalar>
SALTUS_INLINE void store(Scalar* memory, const Lanes<Piece>& x) {
  typedef Piece __attribute__((may_alias)) Stored;
#pragma GCC unroll 4
  for (int i = 0; i < kPieces; ++i) reinterpret_cast<Stored*>(memory)[i] = x.piece[i];
}
SALTUS_INLINE Floats load(const float* memory) { return load_lanes<FloatPiece>(memory); }
SALTUS_INLINE Ints load(const int32_t* memory) { return load_lanes<IntPiece>(memory); }
SALTUS_INLINE Uints load(const uint32_t* memory) { return load_lanes<UintPiece>(memory); }

SALTUS_INLINE Floats select(const Ints& mask, const Floats& yes, const Floats& no) {
  return by_piece<FloatPiece>(
      [](IntPiece m, FloatPiece x, FloatPiece y) __attribute__((always_inline))->FloatPiece {
        return m ? x : y;
      },
      mask, yes, no);
}
SALTUS_INLINE Floats min(const Floats& a, const Floats& b) {
  return by_piece<FloatPiece>(
      [](FloatPiece x, FloatPiece y) __attribute__((always_inline))->FloatPiece {
        return x < y ? x : y;
      },
      a, b);
}
SALTUS_INLINE Floats max(const Floats& a, const Floats& b) {
  return by_piece<FloatPiece>(
      [](FloatPiece x, FloatPiece y) __attribute__((always_inline))->FloatPiece {
        return x > y ? x : y;
      },
      a, b);
}
SALTUS_INLINE Floats clamp(const Floats& x, float low, float high) {
  return min(max(x, all(low)), all(high));
}
SALTUS_INLINE Floats absolute(const Floats& x) {
  return bits_as<FloatPiece>(bits_as<IntPiece>(x) & all(0x7fffffff));
}

// Bit l is set when lane l of the mask is.
SALTUS_INLINE uint32_t mask_bits(const Ints& mask) {
  alignas(64) int32_t lanes[kLanes];
  store(lanes, mask);
  uint32_t bits = 0;
  for (int l = 0; l < kLanes; ++l) bits |= static_cast<uint32_t>(lanes[l] & 1) << l;
  return bits;
}

// The same value, of which the compiler knows nothing: neither that it is a product, to be fused
// with the sum it goes into, nor that it is 0. Where a sum of two products could be fused either
// way, this keeps the instruction sets' results equal.
SALTUS_INLINE Floats opaque(Floats x) {
#pragma GCC unroll 4
  for (int i = 0; i < kPieces; ++i) {
#if defined(__x86_64__)
    __asm__("" : "+v"(x.piece[i]));
#elif defined(__aarch64__)
    __asm__("" : "+w"(x.piece[i]));
#endif
  }
  return x;
}

// --- Sums over lanes, always as the tree (l, l + 8), (l, l + 4), (l, l + 2), (l, l + 1). ---

// Two pieces made of groups of `group` lanes become one of groups half as long: the two halves of
// every group added. The groups of `a` come first.
template <int group, size_t... L>
SALTUS_INLINE FloatPiece fold(FloatPiece a, FloatPiece b, std::index_sequence<L...>) {
  constexpr int half = group / 2;
  constexpr auto source = [](int lane) {
    const int within = lane % (kPieceLanes / 2);
    return (lane < kPieceLanes / 2 ? 0 : kPieceLanes) + within / half * group + within % half;
  };
  return __builtin_shufflevector(a, b, source(L)...) +
         __builtin_shufflevector(a, b, (source(L) + half)...);
}
template <int group>
SALTUS_INLINE FloatPiece fold(FloatPiece a, FloatPiece b) {
  return fold<group>(a, b, std::make_index_sequence<kPieceLanes>{});
}

// The sum of all lanes, down to one register's width.
SALTUS_INLINE FloatPiece fold_pieces(const Floats& x) {
  if constexpr (kPieces == 1) {
    return x.piece[0];
  } else if constexpr (kPieces == 2) {
    return x.piece[0] + x.piece[1];
  } else {
    return (x.piece[0] + x.piece[2]) + (x.piece[1] + x.piece[3]);
  }
}

// The sums of 16 values: lane l of the result is the sum over rows[l]. Rows that are products are
// rounded first (see opaque).
SALTUS_INLINE Floats sum_rows(const Floats* rows) {
  FloatPiece p[kLanes];
#pragma GCC unroll 16
  for (int r = 0; r < kLanes; ++r) p[r] = fold_pieces(opaque(rows[r]));
  const auto halve = [&](auto group) __attribute__((always_inline)) {
    if constexpr (kPieceLanes >= group.value) {
      constexpr int pairs = kLanes / 2 * group.value / kPieceLanes;
#pragma GCC unroll 16
      for (int i = 0; i < pairs; ++i) p[i] = fold<group.value>(p[2 * i], p[2 * i + 1]);
    }
  };
  halve(std::integral_constant<int, 16>{});
  halve(std::integral_constant<int, 8>{});
  halve(std::integral_constant<int, 4>{});
  halve(std::integral_constant<int, 2>{});
  Floats sums;
#pragma GCC unroll 4
  for (int i = 0; i < kPieces; ++i) sums.piece[i] = p[i];
  return sums;
}

SALTUS_INLINE float sum(const Floats& x) {
  alignas(64) float lanes[kLanes];
  store(lanes, x);
  for (int half = kLanes / 2; half > 0; half /= 2) {
    for (int l = 0; l < half; ++l) lanes[l] += lanes[l + half];
  }
  return lanes[0];
}

}  // namespace saltus::SALTUS_ISA
