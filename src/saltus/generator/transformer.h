// The transformer both presets share: pre-norm blocks over tokens [B, T, C], full attention,
// optionally with something added to the attention logits (the edges of a neural graph).
// Names follow the state_dict of the reference.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <utility>
#include <vector>

#include "saltus/generator/edge_bias.h"

namespace saltus {

struct FusedBlockParameters;
class FusedBlockWeights;

struct TransformerConfig {
  int64_t width = 64;  // C, a multiple of heads
  int64_t layers = 3;
  int64_t heads = 4;
  bool exact_gelu = true;  // erf; false: the tanh approximation
};

// Multi-head attention with biases, logits scaled by 1/sqrt(C / heads).
class AttentionImpl : public torch::nn::Module {
 public:
  explicit AttentionImpl(const TransformerConfig& config);
  at::Tensor forward(const at::Tensor& x, const std::vector<EdgeBias>& edges);  // [B, T, C] both

  int64_t heads() const { return heads_; }
  void list_parameters(FusedBlockParameters& to) const;  // its own

 private:
  int64_t heads_;
  torch::nn::Linear query{nullptr}, key{nullptr}, value{nullptr}, proj{nullptr};
};
TORCH_MODULE(Attention);

// x += attn(ln1(x), edges); x += mlp(ln2(x)), the mlp C -> 4C -> C. Layer-norm epsilon 1e-5.
// Operation by operation, or fused where that fits (fused_block.h).
class BlockImpl : public torch::nn::Module {
 public:
  explicit BlockImpl(const TransformerConfig& config);
  at::Tensor forward(const at::Tensor& x, const std::vector<EdgeBias>& edges);

  bool can_fuse() const;  // this block on this CPU
  FusedBlockParameters fused_parameters() const;
  // Weights for the fused passes from now on, packed from those parameters; none: each pass packs
  // its own.
  void share(std::shared_ptr<const FusedBlockWeights> weights) { shared_ = std::move(weights); }

 private:
  bool exact_gelu_;
  std::shared_ptr<const FusedBlockWeights> shared_;
  torch::nn::LayerNorm ln1{nullptr}, ln2{nullptr};
  Attention attn{nullptr};
  torch::nn::Sequential mlp{nullptr};
};
TORCH_MODULE(Block);

// Draws the weight of every linear layer from N(0, 0.02), zeroes their biases and resets the layer
// norms; a pure function of the seed and of each tensor's name and size.
void initialise_transformer(torch::nn::Module& module, uint64_t seed);

}  // namespace saltus
