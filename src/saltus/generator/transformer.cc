#include "saltus/generator/transformer.h"

#include <cmath>

#include "saltus/base/error.h"
#include "saltus/base/random.h"

namespace saltus {

namespace nn = torch::nn;

AttentionImpl::AttentionImpl(const TransformerConfig& config) : heads_(config.heads) {
  if (config.width < 1 || config.heads < 1 || config.width % config.heads != 0)
    fail("transformer: the width must be a multiple of the heads, found width {} and {} heads",
         config.width, config.heads);
  query = register_module("query", nn::Linear(config.width, config.width));
  key = register_module("key", nn::Linear(config.width, config.width));
  value = register_module("value", nn::Linear(config.width, config.width));
  proj = register_module("proj", nn::Linear(config.width, config.width));
}

at::Tensor AttentionImpl::forward(const at::Tensor& x, const at::Tensor& bias) {
  const int64_t B = x.size(0), T = x.size(1), C = x.size(2), D = C / heads_;
  // One product for the three projections, and one copy into head-major order.
  const at::Tensor weight = at::cat({query->weight, key->weight, value->weight});  // [3C, C]
  const at::Tensor shift = at::cat({query->bias, key->bias, value->bias});         // [3C]
  const at::Tensor qkv = at::linear(x, weight, shift)
                             .view({B, T, 3, heads_, D})
                             .permute({2, 0, 3, 1, 4})
                             .contiguous()
                             .view({3, B * heads_, T, D});
  const at::Tensor q = qkv[0], k = qkv[1], v = qkv[2];

  const double scale = 1.0 / std::sqrt(static_cast<double>(D));
  at::Tensor logits;  // [B * heads, T, T]
  if (bias.defined()) {
    const at::Tensor edges = bias.expand({B, heads_, T, T}).reshape({B * heads_, T, T});
    logits = at::baddbmm(edges, q, k.transpose(1, 2), 1.0, scale);
  } else {
    logits = at::bmm(q * scale, k.transpose(1, 2));
  }
  const at::Tensor attended = at::bmm(at::softmax(logits, -1), v);  // [B * heads, T, D]
  return proj->forward(attended.view({B, heads_, T, D}).transpose(1, 2).reshape({B, T, C}));
}

BlockImpl::BlockImpl(const TransformerConfig& config) {
  const int64_t C = config.width;
  ln1 = register_module("ln1", nn::LayerNorm(nn::LayerNormOptions({C})));
  ln2 = register_module("ln2", nn::LayerNorm(nn::LayerNormOptions({C})));
  attn = register_module("attn", Attention(config));
  const nn::GELUOptions gelu = nn::GELUOptions().approximate(config.exact_gelu ? "none" : "tanh");
  mlp = register_module("mlp",
                        nn::Sequential(nn::Linear(C, 4 * C), nn::GELU(gelu), nn::Linear(4 * C, C)));
}

at::Tensor BlockImpl::forward(const at::Tensor& x, const at::Tensor& bias) {
  const at::Tensor attended = x + attn->forward(ln1->forward(x), bias);
  return attended + mlp->forward(ln2->forward(attended));
}

void initialise_transformer(nn::Module& module, uint64_t seed) {
  const torch::NoGradGuard no_gradient;
  for (const auto& item : module.named_modules("", /*include_self=*/false)) {
    if (auto* norm = item.value()->as<nn::LayerNorm>()) norm->reset_parameters();
    auto* linear = item.value()->as<nn::Linear>();
    if (linear == nullptr) continue;
    at::Tensor drawn = at::empty(linear->weight.sizes(), at::kFloat);
    RandomStream random(seed, "generator.weights." + item.key());
    random.fill_normal({drawn.mutable_data_ptr<float>(), static_cast<size_t>(drawn.numel())});
    linear->weight.copy_(drawn.mul_(0.02));
    if (linear->bias.defined()) linear->bias.zero_();
  }
}

}  // namespace saltus
