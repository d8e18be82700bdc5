#include "saltus/generator/block_kernels.h"

namespace saltus {

#if defined(__x86_64__)
namespace isa_avx512_bf16 {
extern const BlockKernels kBlockKernels;
}
const BlockKernels* block_kernels() { return &isa_avx512_bf16::kBlockKernels; }
#else
const BlockKernels* block_kernels() { return nullptr; }
#endif

}  // namespace saltus
