#include "saltus/generator/paper_denoiser.h"

#include <numeric>

#include "saltus/base/error.h"

namespace saltus {

namespace nn = torch::nn;

namespace {

constexpr int64_t kScalars = 4;

nn::Linear projection(int64_t in, int64_t out) {
  return nn::Linear(nn::LinearOptions(in, out).bias(false));
}

}  // namespace

void PaperConfig::declare(Options& options, const std::string& prefix) {
  options.choice(prefix + ".policy", tokens.policy,
                 {"layer_by_layer", "chunk", "chunk_within_input", "chunk_within_layer"},
                 "how parameters are cut into tokens");
  options.add(prefix + ".chunk", tokens.chunk, "parameters in a token at most", {1, 1e9});
  options.add(prefix + ".width", transformer.width, "width of the transformer", {1, 65536});
  options.add(prefix + ".layers", transformer.layers, "transformer blocks", {1, 1000});
  options.add(prefix + ".heads", transformer.heads, "attention heads; divides the width",
              {1, 4096});
  options.add(prefix + ".frequencies", frequencies, "frequencies a scalar is embedded in",
              {1, 4096});
  options.add(prefix + ".max_frequency_log2", max_frequency_log2,
              "binary logarithm of the highest frequency", {0, 30});
  options.add(prefix + ".coefficient", coefficient,
              "factor on parameters; 0: 0.538 / the zoo's standard deviation", {0, 1e6});
}

PaperDecoderImpl::PaperDecoderImpl(const TransformerConfig& config, TokenSizes sizes)
    : sizes_(std::move(sizes)) {
  const int64_t C = config.width, T = static_cast<int64_t>(sizes_.in.size());
  // Each projection is a Sequential of one, because the state_dict's names end in ".0.weight".
  input_parameter_projections = register_module("input_parameter_projections", nn::ModuleList());
  for (const int64_t size : sizes_.in)
    input_parameter_projections->push_back(nn::Sequential(projection(size, C)));
  ln_in = register_module("ln_in", nn::LayerNorm(nn::LayerNormOptions({C})));
  pos_emb = register_parameter("pos_emb", at::zeros({1, T, C}));
  blocks = register_module("blocks", nn::ModuleList());
  for (int64_t i = 0; i < config.layers; ++i) blocks->push_back(Block(config));
  ln_f = register_module("ln_f", nn::LayerNorm(nn::LayerNormOptions({C})));
  output_parameter_projections = register_module("output_parameter_projections", nn::ModuleList());
  for (const int64_t size : sizes_.out)
    output_parameter_projections->push_back(nn::Sequential(projection(C, size)));
}

at::Tensor PaperDecoderImpl::forward(const at::Tensor& inputs, const ActivationObserver& observe) {
  const auto show = [&](const std::string& name, const at::Tensor& value) {
    if (observe) observe(name, value);
  };
  std::vector<at::Tensor> tokens = inputs.split_with_sizes(sizes_.in, 1);
  for (size_t i = 0; i < tokens.size(); ++i)
    tokens[i] = input_parameter_projections[i]->as<nn::Sequential>()->forward(tokens[i]);
  at::Tensor x = ln_in->forward(at::stack(tokens, 1));  // [B, T, C]
  show("after_ln_in", x);
  x = x + pos_emb;
  for (size_t i = 0; i < blocks->size(); ++i) {
    x = blocks[i]->as<Block>()->forward(x, {});
    show(fmt::format("block{}_out", i), x);
  }
  x = ln_f->forward(x);
  show("after_ln_f", x);
  std::vector<at::Tensor> pieces;
  for (size_t i = 0; i < sizes_.out.size(); ++i)
    pieces.push_back(output_parameter_projections[i]->as<nn::Sequential>()->forward(
        x.select(1, static_cast<int64_t>(i))));
  return at::cat(pieces, 1);
}

PaperDenoiser::PaperDenoiser(const PaperConfig& config, const std::vector<int64_t>& parameters,
                             uint64_t seed)
    : coefficient_(config.coefficient),
      dimension_(std::accumulate(parameters.begin(), parameters.end(), int64_t{0})) {
  if (!(coefficient_ > 0))
    fail("paper preset: expected a positive coefficient, found {}", coefficient_);
  scalar_embedder = ScalarEmbedder(config.frequencies, config.max_frequency_log2);
  decoder = register_module(
      "decoder", PaperDecoder(config.transformer, token_sizes(config.tokens, parameters, kScalars,
                                                              scalar_embedder->size())));
  register_module("scalar_embedder", scalar_embedder);
  initialise_transformer(*this, seed);
  const torch::NoGradGuard no_gradient;
  for (auto& entry : decoder->named_parameters())
    if (entry.key().starts_with("output_parameter_projections")) entry.value().zero_();
}

at::Tensor PaperDenoiser::encode(const at::Tensor& target, const at::Tensor&) const {
  return target * coefficient_;
}

at::Tensor PaperDenoiser::decode(const at::Tensor& x0, const at::Tensor&) const {
  // By a tensor: division by a number may turn into a product with its reciprocal.
  return x0 / at::scalar_tensor(coefficient_, x0.options());
}

at::Tensor PaperDenoiser::predict(const at::Tensor& noised, const at::Tensor& start,
                                  const Conditions& conditions) {
  return predict_scaled(noised, start * coefficient_, conditions);
}

at::Tensor PaperDenoiser::scalars(const Conditions& conditions) {
  const at::Tensor &start = conditions.start_metric, &target = conditions.target_metric;
  const int64_t B = conditions.timestep.size(0);
  if (start.numel() != B || target.numel() != B)
    fail("paper preset: expected one metric for each of {} examples, found {} and {} numbers", B,
         start.numel(), target.numel());
  const at::Tensor delta = (target - start).view({B}).to(at::kFloat);
  return at::stack({conditions.timestep.to(at::kFloat), delta, target.view({B}).to(at::kFloat),
                    start.view({B}).to(at::kFloat)},
                   1);
}

at::Tensor PaperDenoiser::predict_scaled(const at::Tensor& noised, const at::Tensor& start,
                                         const Conditions& conditions,
                                         const ActivationObserver& observe) {
  const at::Tensor embeddings = scalar_embedder->forward(scalars(conditions)).flatten(1);
  return start + decoder->forward(at::cat({noised, start, embeddings}, 1), observe);
}

}  // namespace saltus
