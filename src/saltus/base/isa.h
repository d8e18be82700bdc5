// Which instruction set our own kernels use. One source, compiled once for each; chosen at
// run time, so that a program built on one machine runs on all of its kind.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace saltus {

// x86-64: baseline (SSE2), avx2 (x86-64-v3, with FMA), avx512 (x86-64-v4). Elsewhere the compiler's
// target is the only one there is, and it is called baseline.
//
// Kernels work on 16 lanes whatever the register width, and sum in the same order everywhere. So
// avx2 and avx512 give equal bits (isa parity tests); baseline has no fused multiply-add and
// differs in the last place.
enum class Isa { baseline, avx2, avx512 };

std::string_view isa_name(Isa isa);

// Where this names the same, kernels give equal bits.
std::string_view isa_arithmetic(Isa isa);

// Those this machine can run, slowest first.
std::vector<Isa> available_isas();

// Whether this machine has avx512, and bfloat16 products with it.
bool has_bf16_products();

// The fastest available one, or the one named by the environment variable SALTUS_ISA; Error when
// that name is unknown or the machine lacks it.
Isa selected_isa();

}  // namespace saltus
