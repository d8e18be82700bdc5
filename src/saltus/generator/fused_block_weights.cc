#include "saltus/generator/fused_block_weights.h"

namespace saltus {

FusedBlockWeights::FusedBlockWeights(const FusedBlockParameters& p)
    : into(*block_kernels(), {{p.query_weight, p.query_bias},
                              {p.key_weight, p.key_bias},
                              {p.value_weight, p.value_bias}}),
      proj(*block_kernels(), {{p.proj_weight, p.proj_bias}}),
      up(*block_kernels(), {{p.up_weight, p.up_bias}}),
      down(*block_kernels(), {{p.down_weight, p.down_bias}}) {}

void FusedBlockWeights::pack(int64_t part, bool backward) {
  switch (part) {
    case 0:
      into.pack(backward);
      proj.pack(backward);
      break;
    case 1:
      up.pack(backward);
      break;
    default:
      down.pack(backward);
  }
}

}  // namespace saltus
