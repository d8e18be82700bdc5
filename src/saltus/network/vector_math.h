// MKL's vector functions (exp, sin, tanh), of which LibTorch makes tensors' own.
#pragma once

namespace saltus {

// Lets MKL choose its kernels, once a process, while one thread alone asks for them. The choice
// (mkl_vml_serv_cpu_detect) is kept as the processor's type for a moment, before it becomes the
// kernels' number: of two threads whose first calls coincide, one may take the other's type for
// that number, and last digits of its part of that one result differ. Whatever computes networks
// or updates calls this when it is made.
void settle_vector_math();

}  // namespace saltus
