// Compiled once for each instruction set (saltus_kernels in CMakeLists.txt): nothing but kernels.
// Multiplications and additions are not fused (CMakeLists.txt), so that all round alike.
#include "saltus/network/orthogonal_kernels.h"

namespace saltus::SALTUS_ISA {

namespace {

using Doubles [[gnu::vector_size(64), gnu::aligned(8), gnu::may_alias]] = double;
static_assert(sizeof(Doubles) == kOrthogonalBlock * sizeof(double));

// A block's projections are of the same v, so that none waits for the one before.
void remove_block(const double* u, int64_t length, double* v) {
  Doubles products[kOrthogonalBlock] = {};
  for (int64_t i = 0; i < length; i += kOrthogonalBlock) {
    const Doubles here = *reinterpret_cast<const Doubles*>(v + i);
    for (int64_t k = 0; k < kOrthogonalBlock; ++k) {
      products[k] += *reinterpret_cast<const Doubles*>(u + k * length + i) * here;
    }
  }
  double along[kOrthogonalBlock];
  for (int64_t k = 0; k < kOrthogonalBlock; ++k) {
    const Doubles p = products[k];
    along[k] = ((p[0] + p[4]) + (p[2] + p[6])) + ((p[1] + p[5]) + (p[3] + p[7]));
  }
  for (int64_t i = 0; i < length; i += kOrthogonalBlock) {
    Doubles here = *reinterpret_cast<const Doubles*>(v + i);
    for (int64_t k = 0; k < kOrthogonalBlock; ++k) {
      here -= along[k] * *reinterpret_cast<const Doubles*>(u + k * length + i);
    }
    *reinterpret_cast<Doubles*>(v + i) = here;
  }
}

void remove_span(const double* basis, int64_t rows, int64_t length, double* v) {
  for (int64_t k = 0; k < rows; k += kOrthogonalBlock) remove_block(basis + k * length, length, v);
}

}  // namespace

extern const OrthogonalKernels kOrthogonalKernels;
const OrthogonalKernels kOrthogonalKernels = {remove_span};

}  // namespace saltus::SALTUS_ISA
