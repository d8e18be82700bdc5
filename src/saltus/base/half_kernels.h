// Numbers of 16 bits to and from float32, one table for each instruction set. All give equal bits.
#pragma once

#include <cstdint>

#include "saltus/base/isa.h"

namespace saltus {

// n numbers each, those of 16 bits aligned to two bytes. Narrowing rounds to nearest even, as IEEE
// 754 has it.
struct HalfKernels {
  void (*widen_f16)(const void* from, float* to, int64_t n);
  void (*widen_bf16)(const void* from, float* to, int64_t n);
  void (*narrow_f16)(const float* from, void* to, int64_t n);
  void (*narrow_bf16)(const float* from, void* to, int64_t n);
};

const HalfKernels& half_kernels(Isa isa);

}  // namespace saltus
