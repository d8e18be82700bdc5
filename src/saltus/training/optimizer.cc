#include "saltus/training/optimizer.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <set>

#include "saltus/base/error.h"

namespace saltus {
namespace {

constexpr int64_t kSlice = 1 << 17;  // its part of all buffers fits a core's cache

}  // namespace

AdamW::AdamW(torch::nn::Module& module, const AdamWConfig& config,
             const std::function<bool(const std::string& name)>& decays)
    : config_(config) {
  auto parameters = module.named_parameters();
  std::vector<std::string> others;
  for (const auto& entry : parameters) {
    if (entry.value().scalar_type() != at::kFloat)
      fail("optimiser: expected float32 parameters, found {} in {}",
           c10::toString(entry.value().scalar_type()), entry.key());
    (decays(entry.key()) ? names_ : others).push_back(entry.key());
  }
  if (parameters.is_empty()) fail("optimiser: the module has no parameters");
  std::ranges::sort(names_);
  std::ranges::sort(others);
  const size_t decayed_tensors = names_.size();
  names_.insert(names_.end(), others.begin(), others.end());

  const torch::NoGradGuard no_gradient;
  std::vector<at::Tensor> pieces;
  int64_t offset = 0;
  for (const std::string& name : names_) {
    const at::Tensor& value = parameters[name];
    if (pieces.size() == decayed_tensors) decayed_ = offset;
    shapes_.push_back(value.sizes().vec());
    offsets_.push_back(offset);
    offset += value.numel();
    pieces.push_back(value.detach().reshape({-1}));
  }
  if (decayed_tensors == names_.size()) decayed_ = offset;
  weights = at::cat(pieces);
  gradients = at::zeros_like(weights);
  exp_avg = at::zeros_like(weights);
  exp_avg_sq = at::zeros_like(weights);
  average = weights.clone();
  for (const std::string& name : names_) {
    at::Tensor& value = parameters[name];
    value.set_data(part(weights, name));
    value.mutable_grad() = part(gradients, name);
  }
}

void AdamW::for_slices(const std::function<void(int64_t begin, int64_t end)>& body,
                       Workers* threads) const {
  const int64_t n = weights.numel(), size = weights.is_cpu() ? kSlice : n;
  const int64_t count = (n + size - 1) / size;
  const auto one = [&](int64_t i) {
    const torch::NoGradGuard no_gradient;
    body(i * size, std::min(n, (i + 1) * size));
  };
  if (threads != nullptr) {
    threads->for_each(count, one);
  } else {
    for (int64_t i = 0; i < count; ++i) one(i);
  }
}

void AdamW::sum_gradients(const std::vector<std::vector<at::Tensor>>& summands, Workers* threads) {
  if (!weights.is_cpu()) {  // few calls matter more there than passes over memory
    const torch::NoGradGuard no_gradient;
    at::cat_out(gradients, summands.front());
    for (size_t s = 1; s < summands.size(); ++s) gradients.add_(at::cat(summands[s]));
    return;
  }
  for_slices(
      [&](int64_t begin, int64_t end) {
        auto i = static_cast<size_t>(std::ranges::upper_bound(offsets_, begin) - offsets_.begin());
        for (--i; begin < end; ++i) {
          const int64_t offset = offsets_[i], size = summands.front()[i].numel();
          const int64_t until = std::min(end, offset + size);
          const auto own = [&](size_t s) {
            return summands[s][i].slice(0, begin - offset, until - offset);
          };
          at::Tensor sum = gradients.slice(0, begin, until);
          if (summands.size() == 1) {
            sum.copy_(own(0));
          } else {
            at::add_out(sum, own(0), own(1));
          }
          for (size_t s = 2; s < summands.size(); ++s) sum.add_(own(s));
          begin = until;
        }
      },
      threads);
}

double AdamW::step(double learning_rate, double ema_decay, Workers* threads) {
  std::vector<double> squares(static_cast<size_t>(weights.numel() / kSlice + 1));
  for_slices(
      [&](int64_t begin, int64_t end) {
        const double norm = gradients.slice(0, begin, end).norm().item<double>();
        squares[static_cast<size_t>(begin / kSlice)] = norm * norm;
      },
      threads);
  const double norm = std::sqrt(std::accumulate(squares.begin(), squares.end(), 0.0));
  const double factor = clip_factor(norm, config_.clip);

  ++steps;
  const at::Tensor count = at::full({}, static_cast<double>(steps), weights.options());
  const auto update = [&](int64_t begin, int64_t end, double decay) {
    if (begin >= end) return;
    const auto slice = [&](const at::Tensor& flat) { return flat.slice(0, begin, end); };
    at::_fused_adamw_({slice(weights)}, {slice(gradients)}, {slice(exp_avg)}, {slice(exp_avg_sq)},
                      {}, {count}, learning_rate, config_.beta1, config_.beta2, decay,
                      config_.epsilon, /*amsgrad=*/false, /*maximize=*/false);
  };
  for_slices(
      [&](int64_t begin, int64_t end) {
        if (factor < 1) gradients.slice(0, begin, end).mul_(factor);
        update(begin, std::min(end, decayed_), config_.weight_decay);
        update(std::max(begin, decayed_), end, 0);
        update_average(average.slice(0, begin, end), weights.slice(0, begin, end),
                       ema_decay < 0 ? config_.ema : ema_decay);
      },
      threads);
  return norm;
}

at::Tensor AdamW::part(const at::Tensor& flat, const std::string& name) const {
  const auto found = std::ranges::find(names_, name);
  if (found == names_.end()) fail("optimiser: no parameter is called '{}'", name);
  const auto i = static_cast<size_t>(found - names_.begin());
  return flat.narrow(0, offsets_[i], c10::multiply_integers(shapes_[i])).view(shapes_[i]);
}

void AveragedWeights::swap() {
  const torch::NoGradGuard no_grad;
  const at::Tensor kept = optimizer_.weights.clone();
  optimizer_.weights.copy_(optimizer_.average);
  optimizer_.average.copy_(kept);
}

std::function<bool(const std::string& name)> linear_weights(const torch::nn::Module& module) {
  std::set<std::string> names;
  for (const auto& item : module.named_modules("", /*include_self=*/false))
    if (item.value()->as<torch::nn::Linear>() != nullptr) names.insert(item.key() + ".weight");
  return [names = std::move(names)](const std::string& name) { return names.contains(name); };
}

void update_average(const at::Tensor& average, const at::Tensor& weights, double decay) {
  average.lerp_(weights, 1 - decay);
}

double clip_factor(double norm, double clip) {
  return clip > 0 ? std::min(1.0, clip / (norm + 1e-6)) : 1.0;
}

double warmup_cosine(double base, double x, double total, double warmup) {
  const double rate = 0.5 * base * (1 + std::cos(std::numbers::pi * x / total));
  return x < warmup ? rate * (x / warmup) : rate;
}

}  // namespace saltus
