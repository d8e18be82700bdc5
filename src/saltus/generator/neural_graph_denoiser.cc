#include "saltus/generator/neural_graph_denoiser.h"

#include <cmath>

#include "saltus/base/error.h"
#include "saltus/generator/diffusion.h"
#include "saltus/generator/linear.h"
#include "saltus/generator/precision.h"
#include "saltus/network/metric_tensor.h"

namespace saltus {
namespace {

constexpr double kMaxFrequencyLog2 = 8;
constexpr double kSmallVariance = 1e-4;  // of units that hardly differ

at::Tensor index_tensor(const std::vector<int64_t>& values) {
  return at::tensor(values, at::kLong);
}

// Linear layers start small and deterministic whatever the global generator's state.
void draw_weights(torch::nn::Module& module, uint64_t seed) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  const torch::NoGradGuard no_grad;
  for (auto& entry : module.named_parameters()) {
    at::Tensor& value = entry.value();
    const std::string& name = entry.key();
    const bool norm =
        name.find("ln") != std::string::npos || name.find("norm") != std::string::npos;
    if (norm) continue;  // 1 and 0 as constructed
    if (name.find("_out") != std::string::npos || name.find("edge_core") != std::string::npos) {
      value.zero_();  // the fresh generator predicts no change
    } else if (name.find("edge_left") != std::string::npos ||
               name.find("edge_right") != std::string::npos) {
      name.ends_with("bias") ? value.zero_() : value.normal_(0, 0.1, generator);
    } else if (name.find("role_") != std::string::npos) {
      value.normal_(0, 1, generator);
    } else if (name.find("type_embedding") != std::string::npos ||
               name.find("edge_bias") != std::string::npos) {
      value.normal_(0, 0.3, generator);
    } else if (value.dim() == 2) {
      const double bound = 1 / std::sqrt(static_cast<double>(value.size(1)));
      value.uniform_(-bound, bound, generator);
    } else {
      value.zero_();
    }
  }
}

// asinh, whose own kernel goes number by number.
at::Tensor area_sinh(const at::Tensor& x) {
  return at::log(x.abs() + (x.square() + 1).sqrt()).copysign(x);
}

// 1, but `output_weight` for the weight of the last layer.
at::Tensor output_weights(const Layout& layout, double output_weight) {
  at::Tensor weights = at::ones({layout.parameters()});
  for (auto tensor = layout.tensors().rbegin(); tensor != layout.tensors().rend(); ++tensor) {
    if (tensor->shape.size() < 2) continue;
    weights.narrow(0, tensor->offset, tensor->size).fill_(output_weight);
    break;
  }
  return weights;
}

}  // namespace

void NeuralGraphConfig::declare(Options& o) {
  o.add("generator.width", width, "width of the transformer", {8, 8192});
  o.add("generator.layers", layers, "transformer blocks", {1, 200});
  o.add("generator.heads", heads, "attention heads; divides the width", {1, 256});
  o.add("generator.rank", rank, "rank of the head for weights between hidden layers", {1, 1024});
  o.add("generator.frequencies", frequencies, "frequencies a condition is embedded in", {1, 256});
  o.add("generator.input_directions", input_directions,
        "directions kept of a first layer with more inputs than that; 0: all", {0, 1e6});
  o.add("generator.scale_noised", scale_noised,
        "show the noised target the less, the more it is noise");
  o.add("generator.kernel_cosines", kernel_cosines,
        "take convolution kernels by their frequencies");
  o.add("generator.unit_roles", unit_roles,
        "give each hidden unit a learned role, matched to its start");
  o.add("generator.standardise_units", standardise_units,
        "let the head see what tells the units of a layer apart alone");
  o.add("generator.output_weight", output_weight, "loss weight of the output layer's weights",
        {1e-3, 1e3});
}

NeuralGraphDenoiser::NeuralGraphDenoiser(const NeuralGraphConfig& config,
                                         std::shared_ptr<const Architecture> architecture,
                                         std::vector<Metric> metrics, const Probes& probes,
                                         uint64_t seed)
    : config_(config),
      architecture_(std::move(architecture)),
      metrics_(std::move(metrics)),
      space_(architecture_->layout(), architecture_->symmetry(), config.input_directions,
             config.kernel_cosines),
      graph_(space_.layout(), space_.symmetry()) {
  if (config.width % config.heads != 0) {
    fail("generator: generator.heads must divide generator.width, found {} and {}", config.heads,
         config.width);
  }
  const int64_t parameters = architecture_->layout().parameters();
  const int64_t width = config.width;
  gather_ = index_tensor(graph_.gather);
  scatter_ = index_tensor(graph_.scatter);
  delta_scale_ = register_buffer("delta_scale", at::ones({dimension()}));
  start_scale_ = register_buffer("start_scale", at::ones({dimension()}));
  frequencies_ = register_buffer(
      "frequencies", at::pow(2.0, at::linspace(0, kMaxFrequencyLog2, config.frequencies)));

  const at::Tensor weights = output_weights(space_.layout(), config.output_weight);
  loss_weights_ = register_buffer("loss_weights", weights / weights.mean());
  if (space_.inputs()) {
    basis_ = register_buffer("basis", at::eye(*space_.inputs() + 1, config.input_directions));
  }

  int64_t response_count = 0;  // F, features a unit or output answers on the fixed probes
  int64_t outputs = 0;
  if (probes.fixed.defined()) {
    probe_inputs_ = register_buffer("probe_inputs", probes.fixed.clone());
    probe_transform_ = register_buffer("probe_transform", probes.transform.clone());
    response_count = probes.fixed.size(0);
    outputs = architecture_->respond(at::zeros({1, parameters}), probes.fixed).output.size(1);
    for (size_t g = 0; g <= architecture_->symmetry().groups().size(); ++g) {
      response_scales_.push_back(
          register_buffer("response_scale" + std::to_string(g), at::ones({response_count})));
    }
  }

  if (config.scale_noised) {
    const DiffusionProcess process(linear_betas(), respaced_steps(""));
    noised_scale_ = at::tensor(process.sqrt_alphas_cumprod, at::kDouble).to(at::kFloat);
  }

  const auto metric_count = static_cast<int64_t>(metrics_.size());
  const int64_t scalars = 1 + (metric_count > 1 ? 6 : 5) * metric_count;
  const int64_t conditions = scalars * (2 * config.frequencies + 1);
  condition = register_module(
      "condition", torch::nn::Sequential(torch::nn::Linear(conditions, width), torch::nn::GELU(),
                                         torch::nn::Linear(width, width)));
  group_in = register_module("group_in", torch::nn::ModuleList());
  group_out = register_module("group_out", torch::nn::ModuleList());
  std::vector<int64_t> types;
  int64_t type_count = 0;
  for (size_t g = 0; g < graph_.groups.size(); ++g) {
    const NeuralGraph::Group& group = graph_.groups[g];
    const int64_t responses = group.pieces ? 0 : response_count;
    group_in->push_back(torch::nn::Linear(2 * group.features + responses, width));
    group_out->push_back(torch::nn::Linear(width, group.features));
    if (config.unit_roles && !group.pieces) {
      roles_.push_back(register_module(
          "roles_" + std::to_string(g),
          UnitRoles(group.units, group.features, width, seed + static_cast<uint64_t>(g))));
    }
    // Units of a layer are of one type; a piece is known by its place.
    for (int64_t unit = 0; unit < group.units; ++unit) {
      types.push_back(type_count + (group.pieces ? unit : 0));
    }
    type_count = types.back() + 1;
  }
  types.push_back(type_count);
  token_type_ = index_tensor(types);
  const int64_t global_inputs = 2 * graph_.global_features + outputs * response_count;
  global_in =
      register_module("global_in", torch::nn::Linear(std::max<int64_t>(global_inputs, 1), width));
  global_out = register_module(
      "global_out", torch::nn::Linear(width, std::max<int64_t>(graph_.global_features, 1)));
  type_embedding_ = register_parameter("type_embedding", at::empty({type_count + 1, width}));

  blocks = register_module("blocks", torch::nn::ModuleList());
  for (int64_t b = 0; b < config.layers; ++b) {
    blocks->push_back(Block(TransformerConfig{
        .width = width, .layers = config.layers, .heads = config.heads, .exact_gelu = true}));
    auto& bias = edge_bias_.emplace_back();
    for (size_t e = 0; e < graph_.edges.size(); ++e) {
      for (const char* direction : {"forward", "backward"}) {
        bias.push_back(register_parameter(
            "edge_bias_" + std::to_string(b) + "_" + std::to_string(e) + "_" + direction,
            at::empty({config.heads, 2 * graph_.edges[e].features + 1})));
      }
    }
  }
  edge_left = register_module("edge_left", torch::nn::ModuleList());
  edge_right = register_module("edge_right", torch::nn::ModuleList());
  for (size_t e = 0; e < graph_.edges.size(); ++e) {
    edge_left->push_back(torch::nn::Linear(width, config.rank));
    edge_right->push_back(torch::nn::Linear(width, config.rank));
    edge_core_.push_back(register_parameter("edge_core_" + std::to_string(e),
                                            at::empty({graph_.edges[e].features, config.rank})));
  }
  norm = register_module("norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({width})));
  draw_weights(*this, seed);
}

void NeuralGraphDenoiser::set_statistics(const ZooSample& sample) {
  const torch::NoGradGuard no_grad;
  InputDirections directions;
  if (space_.inputs()) {
    directions = input_directions(sample.inputs, config_.input_directions);
    basis_.copy_(directions.basis);
  }
  const ZooScales scales = zoo_scales(space_, directions, sample);
  delta_scale_.copy_(scales.delta);
  start_scale_.copy_(scales.start);
  const at::Tensor weights =
      output_weights(space_.layout(), config_.output_weight) * scales.loss_weights;
  loss_weights_.copy_(weights / weights.mean());
  if (!probe_inputs_.defined()) return;
  const std::vector<at::Tensor> responses = raw_responses(sample.any);
  for (size_t g = 0; g < responses.size(); ++g) {
    const int64_t features = response_scales_[g].size(0);
    response_scales_[g].copy_(
        1 / (responses[g].reshape({-1, features}).square().mean(0).sqrt() + 1e-6));
  }
}

void NeuralGraphDenoiser::move_to(at::Device device) {
  Denoiser::move_to(device);
  space_.move_to(device);
  for (at::Tensor* unsaved : {&gather_, &scatter_, &token_type_, &noised_scale_}) {
    if (unsaved->defined()) *unsaved = unsaved->to(device);
  }
}

at::Tensor NeuralGraphDenoiser::encode(const at::Tensor& target, const at::Tensor& start) const {
  return space_.difference(target, start, basis_) / delta_scale_;
}

at::Tensor NeuralGraphDenoiser::decode(const at::Tensor& x0, const at::Tensor& start) const {
  return space_.move(start, x0 * delta_scale_, basis_);
}

std::vector<at::Tensor> NeuralGraphDenoiser::raw_responses(const at::Tensor& theta) const {
  const Responses r = architecture_->respond(theta, probe_inputs_);
  std::vector<at::Tensor> features;
  for (const at::Tensor& hidden : r.hidden) {
    features.push_back(at::matmul(hidden, probe_transform_.t()));
  }
  features.push_back(at::matmul(r.output, probe_transform_.t()));
  return features;
}

std::vector<at::Tensor> NeuralGraphDenoiser::response_features(const at::Tensor& theta) const {
  if (!probe_inputs_.defined()) return {};
  const torch::NoGradGuard no_grad;
  std::vector<at::Tensor> features = raw_responses(theta);
  for (size_t g = 0; g < features.size(); ++g) {
    features[g] = area_sinh(features[g] * response_scales_[g]);
  }
  return features;
}

at::Tensor NeuralGraphDenoiser::condition_features(const Conditions& c) const {
  std::vector<at::Tensor> scalars{c.timestep.to(at::kFloat) / 1000};
  const auto column = [](const at::Tensor& metric, int64_t m) {
    return (metric.dim() == 1 ? metric : metric.select(1, m)).to(at::kFloat);
  };
  for (size_t m = 0; m < metrics_.size(); ++m) {
    const Metric& metric = metrics_[m];
    const at::Tensor start = column(c.start_metric, static_cast<int64_t>(m));
    const at::Tensor target = column(c.target_metric, static_cast<int64_t>(m));
    const at::Tensor from = linear_of(metric, start), to = linear_of(metric, target);
    scalars.insert(scalars.end(),
                   {from, to, to - from, log_gap_of(metric, start), log_gap_of(metric, target)});
    if (metrics_.size() > 1) {
      // Prompts may be left out: said by a number of its own, the prompt's others are 0 then.
      const at::Tensor unknown = target.isnan();
      for (const size_t back : {4, 3, 1}) {
        at::Tensor& scalar = scalars[scalars.size() - back];
        scalar = at::where(unknown, at::zeros_like(scalar), scalar);
      }
      scalars.push_back(unknown.to(at::kFloat));
    }
  }
  const at::Tensor values = at::stack(scalars, 1).unsqueeze(2);  // [B, scalars, 1]
  const at::Tensor angles = values * frequencies_;
  return at::cat({angles.sin(), angles.cos(), values}, 2).flatten(1);
}

at::Tensor NeuralGraphDenoiser::tokens(const at::Tensor& noised, const at::Tensor& start,
                                       const std::vector<at::Tensor>& responses,
                                       const Conditions& conditions) {
  const int64_t batch = noised.size(0);
  std::vector<at::Tensor> parts;
  for (size_t g = 0; g < graph_.groups.size(); ++g) {
    const NeuralGraph::Group& group = graph_.groups[g];
    const auto own = [&](const at::Tensor& x) {
      return x.narrow(1, group.offset, group.units * group.features)
          .view({batch, group.units, group.features});
    };
    std::vector<at::Tensor> input{own(noised), own(start)};
    if (!responses.empty() && !group.pieces) input.push_back(responses[g]);
    parts.push_back(linear(*group_in[g]->as<torch::nn::Linear>(), at::cat(input, 2)));
    if (g < roles_.size()) parts.back() = roles_[g]->forward(parts.back(), own(start));
  }
  const auto own = [&](const at::Tensor& x) {
    return x.narrow(1, graph_.global_offset, graph_.global_features);
  };
  std::vector<at::Tensor> input{own(noised), own(start)};
  if (!responses.empty()) input.push_back(responses.back().flatten(1));
  at::Tensor globals = at::cat(input, 1);
  // A network may have no such numbers.
  if (globals.size(1) == 0) globals = at::zeros({batch, 1}, noised.options());
  parts.push_back(linear(*global_in, globals).unsqueeze(1));
  return at::cat(parts, 1) + at::embedding(type_embedding_, token_type_) +
         condition->forward(condition_features(conditions)).unsqueeze(1);
}

at::Tensor NeuralGraphDenoiser::standardised(const at::Tensor& x) const {
  std::vector<at::Tensor> parts;
  for (const NeuralGraph::Group& group : graph_.groups) {
    const at::Tensor own = x.narrow(1, group.first_token, group.units);
    if (group.pieces) {
      parts.push_back(own);
      continue;
    }
    const at::Tensor apart = own - own.mean(1, true);
    parts.push_back(apart / (apart.square().mean(1, true) + kSmallVariance).sqrt());
  }
  parts.push_back(x.narrow(1, graph_.tokens - 1, 1));
  return at::cat(parts, 1);
}

at::Tensor NeuralGraphDenoiser::head(const at::Tensor& x) {
  const int64_t batch = x.size(0);
  std::vector<at::Tensor> canonical;
  const auto group_tokens = [&](size_t g) {
    return x.narrow(1, graph_.groups[g].first_token, graph_.groups[g].units);
  };
  for (size_t g = 0; g < graph_.groups.size(); ++g) {
    canonical.push_back(linear(*group_out[g]->as<torch::nn::Linear>(), group_tokens(g)).flatten(1));
  }
  const at::Tensor globals = linear(*global_out, x.select(1, graph_.tokens - 1));
  canonical.push_back(globals.narrow(1, 0, graph_.global_features));
  for (size_t e = 0; e < graph_.edges.size(); ++e) {
    const NeuralGraph::Edge& edge = graph_.edges[e];
    const at::Tensor left = linear(*edge_left[e]->as<torch::nn::Linear>(), group_tokens(edge.to));
    const at::Tensor right =
        linear(*edge_right[e]->as<torch::nn::Linear>(), group_tokens(edge.from));
    // [B, 1, to, r] * [F, 1, r] @ [B, 1, r, from] -> [B, F, to, from]
    const at::Tensor scaled = left.unsqueeze(1) * edge_core_[e].unsqueeze(1);
    canonical.push_back(at::matmul(scaled, right.transpose(1, 2).unsqueeze(1)).view({batch, -1}));
  }
  return at::cat(canonical, 1).index_select(1, scatter_);
}

at::Tensor NeuralGraphDenoiser::predict(const at::Tensor& noised, const at::Tensor& start,
                                        const Conditions& conditions) {
  const int64_t batch = noised.size(0);
  at::Tensor noised_canonical = noised.index_select(1, gather_);
  if (noised_scale_.defined()) {
    noised_canonical =
        noised_canonical * noised_scale_.index_select(0, conditions.timestep).unsqueeze(1);
  }
  at::Tensor start_canonical;
  {
    const FullPrecisionGuard full;  // the rest is a small difference of large sums
    start_canonical = (space_.coordinates(start, basis_) / start_scale_).index_select(1, gather_);
  }
  at::Tensor x = tokens(noised_canonical, start_canonical, response_features(start), conditions);

  // Edges as [B, 2F + 1, to * from] (start, noised, constant), and transposed for the way back.
  std::vector<EdgeBias> edges;
  for (const NeuralGraph::Edge& edge : graph_.edges) {
    const NeuralGraph::Group &to = graph_.groups[edge.to], &from = graph_.groups[edge.from];
    const auto own = [&](const at::Tensor& v) {
      return v.narrow(1, edge.offset, edge.features * to.units * from.units)
          .view({batch, edge.features, to.units, from.units});
    };
    const at::Tensor forward =
        at::cat({own(start_canonical), own(noised_canonical),
                 at::ones({batch, 1, to.units, from.units}, noised.options())},
                1);
    edges.push_back(
        {{}, forward.flatten(2), to.first_token, to.units, from.first_token, from.units});
    edges.push_back({{},
                     forward.transpose(2, 3).flatten(2),
                     from.first_token,
                     from.units,
                     to.first_token,
                     to.units});
  }
  for (size_t b = 0; b < blocks->size(); ++b) {
    for (size_t e = 0; e < edges.size(); ++e) edges[e].weights = edge_bias_[b][e];
    x = blocks[b]->as<Block>()->forward(x, edges);
  }
  x = norm(x);
  return head(config_.standardise_units ? standardised(x) : x);
}

}  // namespace saltus
