#include "saltus/generator/critic.h"

#include <algorithm>
#include <cmath>

#include "saltus/base/error.h"
#include "saltus/generator/tensor_file.h"

namespace saltus {
namespace {

constexpr const char* kCriticFormat = "saltus-critic/1";
// A second ring of probes close to the origin, where a controller that works spends its time.
constexpr double kInnerRing = 1.0 / 6;

}  // namespace

Critic::Critic(std::shared_ptr<const Architecture> architecture, const Metric& metric,
               const Probes& probes, const at::Tensor& inputs, int64_t width, uint64_t seed)
    : architecture_(std::move(architecture)),
      metric_(metric),
      width_(width),
      squash_(probes.squash) {
  const Layout& layout = architecture_->layout();
  for (const TensorSpec& tensor : layout.tensors()) {
    if (tensor.size == 1 && !tensor.name.ends_with(".bias")) scalars_.push_back(tensor.offset);
  }
  if (probes.fixed.defined()) {
    probe_inputs_ = register_buffer("probe_inputs", probes.fixed.clone());
    probe_transform_ = register_buffer("probe_transform", probes.transform.clone());
  }
  inputs_ = register_buffer("inputs", inputs.clone());
  const int64_t count = features(at::zeros({1, layout.parameters()})).size(1);
  mean_ = register_buffer("mean", at::zeros({count}));
  deviation_ = register_buffer("deviation", at::ones({count}));
  using torch::nn::GELU;
  using torch::nn::Linear;
  net =
      register_module("net", torch::nn::Sequential(Linear(count, width), GELU(),
                                                   Linear(width, width), GELU(), Linear(width, 1)));
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  const torch::NoGradGuard no_grad;
  for (at::Tensor& p : net->parameters()) {
    const double bound = p.dim() == 2 ? 1 / std::sqrt(static_cast<double>(p.size(1))) : 0;
    p.uniform_(-bound, bound, generator);
  }
}

at::Tensor Critic::features(const at::Tensor& theta) const {
  at::Tensor all = inputs_;
  if (probe_inputs_.defined()) {
    all = at::cat({probe_inputs_, probe_inputs_ * kInnerRing, inputs_}, 0);
  }
  const at::Tensor output = architecture_->respond(theta, all).output;  // [K, O, 2 ring + n]
  std::vector<at::Tensor> parts;
  if (probe_inputs_.defined()) {
    const int64_t ring = probe_inputs_.size(0);
    const auto shape = [&](int64_t first) {
      return at::matmul(output.narrow(2, first, ring), probe_transform_.t()).flatten(1);
    };
    parts = {at::asinh(shape(0) * 2), at::asinh(shape(ring) * 8)};
  }
  parts.push_back((squash_ ? output.tanh() : output).flatten(1));
  if (!scalars_.empty()) {
    parts.push_back(theta.index_select(1, at::tensor(scalars_, at::kLong)) * 2);
  }
  return at::cat(parts, 1);
}

at::Tensor Critic::metric_of_features(const at::Tensor& features) {
  const at::Tensor linear = net->forward((features - mean_) / deviation_).squeeze(1);
  return linear * (metric_.best - metric_.worst) + metric_.worst;
}

at::Tensor Critic::predict(const at::Tensor& theta) { return metric_of_features(features(theta)); }

void Critic::set_scales(const at::Tensor& features) {
  const torch::NoGradGuard no_grad;
  mean_.copy_(features.mean(0));
  deviation_.copy_(features.std(0) + 1e-3);
}

Json Critic::describe() const {
  return {{"format", kCriticFormat},
          {"architecture", architecture_->to_json()},
          {"metric", metric_.to_json()},
          {"width", width_},
          {"squash", squash_}};
}

void Critic::save(const std::filesystem::path& file, const Json& made_by) const {
  Json json = describe();
  json["made_by"] = made_by;
  write_file(file, encode_tensors(state_of(*this), {{"saltus", json.dump()}}));
}

std::shared_ptr<Critic> Critic::load(const std::filesystem::path& path) {
  const SafetensorsFile file(path);
  const auto entry = file.metadata().find("saltus");
  if (entry == file.metadata().end()) fail("load {}: expected a critic, found none", path.string());
  try {
    const Json json = Json::parse(entry->second);
    if (json.at("format") != kCriticFormat) {
      fail("load {}: expected format {}, found {}", path.string(), kCriticFormat,
           json.at("format").dump());
    }
    Probes probes{.squash = json.at("squash").get<bool>()};
    if (const TensorView* fixed = file.find("probe_inputs")) {
      probes.fixed = tensor_of(*fixed);
      probes.transform = tensor_of(file.at("probe_transform"));
    }
    auto critic = std::make_shared<Critic>(
        make_architecture(json.at("architecture")), Metric::from_json(json.at("metric")), probes,
        tensor_of(file.at("inputs")), json.at("width").get<int64_t>(), 0);
    load_state(file, *critic);
    return critic;
  } catch (const nlohmann::json::exception& e) {
    fail("load {}: the description in the header is damaged: {}", path.string(), e.what());
  }
}

ChosenUpdate update_with_critic(const Generator& generator, Critic& critic,
                                const UpdateRequest& request, const SamplerConfig& sampler,
                                int64_t candidates, double spread) {
  const torch::InferenceMode inference;
  const double low = generator.description().metric_low.at(0);
  const double high = generator.description().metric_high.at(0);
  ChosenUpdate best;
  at::Tensor best_gap;
  for (int64_t c = 0; c < candidates; ++c) {
    const double offset =
        candidates == 1
            ? 0
            : spread * (2.0 * static_cast<double>(c) / static_cast<double>(candidates - 1) - 1);
    UpdateRequest shifted = request;
    shifted.prompt = (request.prompt + offset).clamp(low, high);
    const at::Tensor theta = generator.update(shifted, sampler);
    const at::Tensor predicted = critic.predict(theta);
    const at::Tensor gap = (predicted - request.prompt.select(1, 0)).abs();
    if (c == 0) {
      best = {theta, predicted};
      best_gap = gap;
      continue;
    }
    const at::Tensor better = gap < best_gap;
    best.theta = at::where(better.unsqueeze(1), theta, best.theta);
    best.predicted = at::where(better, predicted, best.predicted);
    best_gap = at::minimum(gap, best_gap);
  }
  return best;
}

}  // namespace saltus
