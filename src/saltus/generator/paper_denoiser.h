// The `paper` preset: the generator of Peebles et al. 2022 with the reference's tokens, scalars,
// initialisation and parameter names. The diffusion space is the scaled network, c θ.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "saltus/base/options.h"
#include "saltus/generator/chunk_tokens.h"
#include "saltus/generator/denoiser.h"
#include "saltus/generator/scalar_embedder.h"
#include "saltus/generator/transformer.h"

namespace saltus {

struct PaperConfig {
  ChunkTokens tokens;
  TransformerConfig transformer{.width = 1536, .layers = 12, .heads = 16};
  int64_t frequencies = 128;
  int64_t max_frequency_log2 = 14;
  // c: 0.538 / (standard deviation of all parameters of the zoo); 1 for normalised input.
  double coefficient = 1;
  // Options PREFIX.policy, PREFIX.width and so on.
  void declare(Options& options, const std::string& prefix);
};

// Sees intermediate activations: "after_ln_in", "block0_out", ..., "after_ln_f", each [B, T, C].
using ActivationObserver = std::function<void(const std::string& name, const at::Tensor& value)>;

// Tokens through per-token projections, blocks and per-token projections back.
class PaperDecoderImpl : public torch::nn::Module {
 public:
  PaperDecoderImpl(const TransformerConfig& config, TokenSizes sizes);
  // inputs [B, sum of sizes.in] -> [B, sum of sizes.out], without the residual.
  at::Tensor forward(const at::Tensor& inputs, const ActivationObserver& observe = {});
  const TokenSizes& sizes() const { return sizes_; }

 private:
  TokenSizes sizes_;
  torch::nn::ModuleList input_parameter_projections{nullptr}, blocks{nullptr},
      output_parameter_projections{nullptr};
  torch::nn::LayerNorm ln_in{nullptr}, ln_f{nullptr};
  at::Tensor pos_emb;
};
TORCH_MODULE(PaperDecoder);

class PaperDenoiser : public Denoiser {
 public:
  // `parameters`: sizes of the tensors of θ in order. Fresh: predicts the start network.
  PaperDenoiser(const PaperConfig& config, const std::vector<int64_t>& parameters, uint64_t seed);

  int64_t dimension() const override { return dimension_; }
  at::Tensor encode(const at::Tensor& target, const at::Tensor& start) const override;
  at::Tensor decode(const at::Tensor& x0, const at::Tensor& start) const override;
  // One metric: conditions' metrics are [B] or [B, 1].
  at::Tensor predict(const at::Tensor& noised, const at::Tensor& start,
                     const Conditions& conditions) override;

  // What `predict` does, with a look inside; start is already scaled: [B, P].
  at::Tensor predict_scaled(const at::Tensor& noised, const at::Tensor& start,
                            const Conditions& conditions, const ActivationObserver& observe = {});
  // The scalars that are embedded: timestep, target - start, target, start: [B, 4] float32. The
  // difference is formed in the metrics' own dtype.
  static at::Tensor scalars(const Conditions& conditions);

  const TokenSizes& sizes() const { return decoder->sizes(); }

 private:
  double coefficient_;
  int64_t dimension_;
  PaperDecoder decoder{nullptr};
  ScalarEmbedder scalar_embedder{nullptr};
};

}  // namespace saltus
