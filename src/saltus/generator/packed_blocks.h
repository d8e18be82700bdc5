// Weights of transformer blocks, packed once a training step by all of its workers together
// instead of by each for itself.
#pragma once

#include <memory>
#include <vector>

#include "saltus/base/workers.h"
#include "saltus/generator/transformer.h"

namespace saltus {

class PackedBlocks {
 public:
  PackedBlocks() = default;  // of none
  // Those of the module's blocks that fused_block.h is for; there may be none.
  explicit PackedBlocks(const torch::nn::Module& module);

  // While it lives, passes through the blocks use the weights as they were when it began.
  class Use {
   public:
    explicit Use(PackedBlocks& blocks) : blocks_(blocks) {}
    ~Use() { blocks_.share(false); }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    PackedBlocks& blocks_;
  };
  [[nodiscard]] Use pack(Workers& workers);

 private:
  void share(bool shared);

  std::vector<std::shared_ptr<BlockImpl>> blocks_;
  std::vector<std::shared_ptr<FusedBlockWeights>> weights_;  // of each
};

}  // namespace saltus
