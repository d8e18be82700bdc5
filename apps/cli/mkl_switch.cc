// Fast float32 matrix products on AMD processors.
//
// MKL, inside LibTorch, picks its AVX2 and AVX-512 kernels only where mkl_serv_intel_cpu_true()
// says that the processor is Intel's; elsewhere float32 products take a slow path, whatever the
// processor can do. LibTorch exports that function, so a definition in the executable, exported
// too, is found first by the dynamic linker and answers what MKL wants to know: are the
// instructions there? Only they decide, so a processor without AVX2 keeps MKL's own choice.
//
// On an AMD EPYC with AVX-512 a float32 product runs 2.3 times as fast;
// tests/cli/mkl_switch_test.cc holds its results to products in double precision.
// SALTUS_MKL_SWITCH=0 in the environment turns it off, to measure the difference.
#if defined(__x86_64__)

#include <cpuid.h>

#include <cstdlib>

namespace {

bool is_intel() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (__get_cpuid(0, &eax, &ebx, &ecx, &edx) == 0) return false;
  return ebx == signature_INTEL_ebx && edx == signature_INTEL_edx && ecx == signature_INTEL_ecx;
}

bool switched_on() {
  const char* value = std::getenv("SALTUS_MKL_SWITCH");
  return value == nullptr || value[0] != '0';
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int mkl_serv_intel_cpu_true() {
  static const bool answer = is_intel() || (switched_on() && __builtin_cpu_supports("avx2") != 0);
  return answer ? 1 : 0;
}

#endif
