#include "saltus/generator/transformer.h"

#include <cmath>

#include "saltus/base/error.h"
#include "saltus/base/random.h"
#include "saltus/generator/fused_block.h"
#include "saltus/generator/linear.h"

namespace saltus {

namespace nn = torch::nn;

namespace {

// The sum of all edges' terms, [B, heads, T, T].
at::Tensor dense_bias(const at::Tensor& x, int64_t heads, const std::vector<EdgeBias>& edges) {
  const int64_t B = x.size(0), T = x.size(1);
  at::Tensor bias = at::zeros({B, heads, T, T}, x.options());
  for (const EdgeBias& edge : edges) {
    bias.narrow(2, edge.first_query, edge.queries)
        .narrow(3, edge.first_key, edge.keys)
        .add_(at::matmul(edge.weights, edge.features).view({B, heads, edge.queries, edge.keys}));
  }
  return bias;
}

}  // namespace

AttentionImpl::AttentionImpl(const TransformerConfig& config) : heads_(config.heads) {
  if (config.width < 1 || config.heads < 1 || config.width % config.heads != 0)
    fail("transformer: the width must be a multiple of the heads, found width {} and {} heads",
         config.width, config.heads);
  query = register_module("query", nn::Linear(config.width, config.width));
  key = register_module("key", nn::Linear(config.width, config.width));
  value = register_module("value", nn::Linear(config.width, config.width));
  proj = register_module("proj", nn::Linear(config.width, config.width));
}

void AttentionImpl::list_parameters(FusedBlockParameters& to) const {
  to.query_weight = query->weight;
  to.query_bias = query->bias;
  to.key_weight = key->weight;
  to.key_bias = key->bias;
  to.value_weight = value->weight;
  to.value_bias = value->bias;
  to.proj_weight = proj->weight;
  to.proj_bias = proj->bias;
}

at::Tensor AttentionImpl::forward(const at::Tensor& x, const std::vector<EdgeBias>& edges) {
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
  if (edges.empty()) {
    logits = at::bmm(q * scale, k.transpose(1, 2));
  } else {
    const at::Tensor bias = dense_bias(x, heads_, edges).view({B * heads_, T, T});
    logits = at::baddbmm(bias, q, k.transpose(1, 2), 1.0, scale);
  }
  const at::Tensor attended = at::bmm(at::softmax(logits, -1), v);  // [B * heads, T, D]
  return linear(*proj, attended.view({B, heads_, T, D}).transpose(1, 2).reshape({B, T, C}));
}

BlockImpl::BlockImpl(const TransformerConfig& config) : exact_gelu_(config.exact_gelu) {
  const int64_t C = config.width;
  ln1 = register_module("ln1", nn::LayerNorm(nn::LayerNormOptions({C})));
  ln2 = register_module("ln2", nn::LayerNorm(nn::LayerNormOptions({C})));
  attn = register_module("attn", Attention(config));
  const nn::GELUOptions gelu = nn::GELUOptions().approximate(config.exact_gelu ? "none" : "tanh");
  mlp = register_module("mlp",
                        nn::Sequential(nn::Linear(C, 4 * C), nn::GELU(gelu), nn::Linear(4 * C, C)));
}

bool BlockImpl::can_fuse() const {
  return exact_gelu_ && can_fuse_block(ln1->weight.size(0), attn->heads());
}

FusedBlockParameters BlockImpl::fused_parameters() const {
  const auto* up = mlp->ptr(0)->as<nn::Linear>();
  const auto* down = mlp->ptr(2)->as<nn::Linear>();
  FusedBlockParameters parameters{.ln1_weight = ln1->weight,
                                  .ln1_bias = ln1->bias,
                                  .ln2_weight = ln2->weight,
                                  .ln2_bias = ln2->bias,
                                  .up_weight = up->weight,
                                  .up_bias = up->bias,
                                  .down_weight = down->weight,
                                  .down_bias = down->bias};
  attn->list_parameters(parameters);
  return parameters;
}

at::Tensor BlockImpl::forward(const at::Tensor& x, const std::vector<EdgeBias>& edges) {
  if (exact_gelu_ && fused_block_fits(x, attn->heads())) {
    return fused_block(x, attn->heads(), fused_parameters(), edges, shared_);
  }
  const at::Tensor attended = x + attn->forward(ln1->forward(x), edges);
  const at::Tensor hidden = linear(*mlp->ptr(0)->as<nn::Linear>(), ln2->forward(attended));
  return attended +
         linear(*mlp->ptr(2)->as<nn::Linear>(), mlp->ptr(1)->as<nn::GELU>()->forward(hidden));
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
