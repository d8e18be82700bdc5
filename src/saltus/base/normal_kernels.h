// Normal random numbers, one table for each instruction set. All give equal bits.
#pragma once

#include <array>
#include <cstdint>

#include "saltus/base/isa.h"

namespace saltus {

struct NormalKernels {
  // Philox 4x32-10 of `blocks` counters: `counter` and those after it, counted in its lower 64
  // bits. words [blocks, 4].
  void (*philox)(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key, int64_t blocks,
                 uint32_t* words);
  // Two N(0, 1) of two times 64 random bits (Box & Muller 1958), computed in double to some
  // 10^-15. words [pairs, 4], lower halves first; normals [pairs, 2].
  void (*normals)(const uint32_t* words, int64_t pairs, float* normals);
};

const NormalKernels& normal_kernels(Isa isa);

}  // namespace saltus
