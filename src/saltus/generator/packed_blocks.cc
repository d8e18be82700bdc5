#include "saltus/generator/packed_blocks.h"

#include "saltus/generator/fused_block.h"

namespace saltus {

PackedBlocks::PackedBlocks(const torch::nn::Module& module) {
  for (const auto& part : module.modules()) {
    const auto block = std::dynamic_pointer_cast<BlockImpl>(part);
    if (!block || !block->can_fuse()) continue;
    blocks_.push_back(block);
    weights_.push_back(std::make_shared<FusedBlockWeights>(block->fused_parameters()));
  }
}

PackedBlocks::Use PackedBlocks::pack(Workers& workers) {
  constexpr int64_t kParts = FusedBlockWeights::kParts;
  if (!weights_.empty()) {
    workers.for_each(std::ssize(weights_) * kParts, [&](int64_t i) {
      const torch::NoGradGuard no_grad;
      weights_[static_cast<size_t>(i / kParts)]->pack(i % kParts, true);
    });
  }
  share(true);
  return Use(*this);
}

void PackedBlocks::share(bool shared) {
  for (size_t b = 0; b < blocks_.size(); ++b) {
    blocks_[b]->share(shared ? weights_[b] : nullptr);
  }
}

}  // namespace saltus
