// How the code that calls kernels finds the table of an instruction set.
#pragma once

#include "saltus/base/isa.h"

// Within namespace saltus: declares `const Type TABLE`, which a kernel source (*.cpp) defines in
// the namespace of each instruction set, and `inline const Type& choose_TABLE(Isa)`.
#if defined(__x86_64__)
#define SALTUS_KERNEL_TABLE(Type, TABLE)       \
  namespace isa_baseline {                     \
  extern const Type TABLE;                     \
  }                                            \
  namespace isa_avx2 {                         \
  extern const Type TABLE;                     \
  }                                            \
  namespace isa_avx512 {                       \
  extern const Type TABLE;                     \
  }                                            \
  inline const Type& choose_##TABLE(Isa isa) { \
    switch (isa) {                             \
      case Isa::avx2:                          \
        return isa_avx2::TABLE;                \
      case Isa::avx512:                        \
        return isa_avx512::TABLE;              \
      default:                                 \
        return isa_baseline::TABLE;            \
    }                                          \
  }
#else
#define SALTUS_KERNEL_TABLE(Type, TABLE) \
  namespace isa_baseline {               \
  extern const Type TABLE;               \
  }                                      \
  inline const Type& choose_##TABLE(Isa) { return isa_baseline::TABLE; }
#endif
