// Orthogonalisation, one table for each instruction set. All give equal bits.
#pragma once

#include <cstdint>

#include "saltus/base/isa.h"

namespace saltus {

// Of what the kernels take, rows and lengths are whole multiples of this; zeros fill them up.
constexpr int64_t kOrthogonalBlock = 8;

struct OrthogonalKernels {
  // Takes from v [length] what lies along each of the orthonormal rows of basis [rows, length], a
  // block of rows after the other.
  void (*remove_span)(const double* basis, int64_t rows, int64_t length, double* v);
};

const OrthogonalKernels& orthogonal_kernels(Isa isa);

}  // namespace saltus
