#include "saltus/training/critic_training.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "saltus/network/metric_tensor.h"
#include "saltus/training/optimizer.h"

namespace saltus {
namespace {

constexpr int64_t kMetricBins = 25;
constexpr double kRareBin = 20;         // a bin with fewer rows does not weigh more than this one
constexpr double kLogShare = 0.1;       // of the loss in the metric's logarithmic coordinate
constexpr float kFeatureNoise = 0.02f;  // in units of a feature's deviation

// Adds 1 / (rows of the same bin) to every row's weight; positions are 0..1.
void add_even(const std::vector<double>& position, std::vector<double>& weight) {
  std::vector<size_t> bins;
  std::vector<double> counts(kMetricBins, 0);
  for (const double p : position) {
    bins.push_back(static_cast<size_t>(std::clamp(p, 0.0, 1.0) * (kMetricBins - 1e-6)));
    counts[bins.back()] += 1;
  }
  for (size_t i = 0; i < bins.size(); ++i) weight[i] += 1 / std::max(counts[bins[i]], kRareBin);
}

// Draws rows so that every part of the metric's range is equally likely: half by its linear
// coordinate, half by its logarithmic one, which spreads the values near the best.
class EvenRows {
 public:
  EvenRows(const at::Tensor& metric, const Metric& description) {
    const auto values = metric.accessor<float, 1>();
    std::vector<double> linear, log_gap;
    for (int64_t i = 0; i < metric.size(0); ++i) {
      linear.push_back(description.linear(values[i]));
      log_gap.push_back(description.log_gap(values[i]));
    }
    cdf_.resize(linear.size(), 0);
    add_even(linear, cdf_);
    add_even(log_gap, cdf_);
    std::partial_sum(cdf_.begin(), cdf_.end(), cdf_.begin());
  }
  int64_t draw(RandomStream& random) const {
    const double u = random.uniform_double() * cdf_.back();
    return std::min<int64_t>(std::upper_bound(cdf_.begin(), cdf_.end(), u) - cdf_.begin(),
                             static_cast<int64_t>(cdf_.size()) - 1);
  }

 private:
  std::vector<double> cdf_;
};

at::Tensor features_of(const Critic& critic, const at::Tensor& theta) {
  const torch::NoGradGuard no_grad;
  std::vector<at::Tensor> parts;
  for (const at::Tensor& part : theta.split(4096)) parts.push_back(critic.features(part));
  return at::cat(parts, 0);
}

}  // namespace

void CriticConfig::declare(Options& o) {
  o.add("critic.steps", steps, "optimiser steps of the critic", {1, 1e7});
  o.add("critic.batch", batch, "networks a step", {2, 1e6});
  o.add("critic.learning_rate", learning_rate, "peak learning rate", {1e-7, 1});
  o.add("critic.weight_decay", weight_decay, "decoupled weight decay", {0, 1});
  o.add("critic.width", width, "hidden width", {4, 8192});
  o.add("critic.refine_every", refine_every,
        "steps of the generator between fits to its own measured samples; 0: never", {0, 1e9});
  o.add("critic.generated", generated, "samples made and measured for such a fit", {1, 1e7});
  o.add("critic.refine_steps", refine_steps, "steps of each later fit", {1, 1e7});
  o.add("critic.refine_rate", refine_rate, "peak learning rate of each later fit", {1e-7, 1});
  o.add("critic.inputs", inputs, "drawn inputs whose outputs are features", {1, 1e5});
}

CriticTrainer::CriticTrainer(const CriticConfig& config,
                             std::shared_ptr<const Architecture> architecture, const Metric& metric,
                             const Probes& probes, const MeasuredNetworks& zoo, uint64_t seed)
    : config_(config), seed_(seed) {
  RandomStream inputs(seed, "critic.inputs");
  critic_ = std::make_shared<Critic>(std::move(architecture), metric, probes,
                                     probes.draw(config.inputs, inputs), config.width, seed);
  zoo_ = {features_of(*critic_, zoo.theta), zoo.metric.select(1, 0).contiguous()};
  if (probes.mirror.defined()) {
    zoo_.features = at::cat({zoo_.features, features_of(*critic_, zoo.theta * probes.mirror)});
    zoo_.metric = at::cat({zoo_.metric, zoo_.metric});
  }
  critic_->set_scales(zoo_.features);
}

void CriticTrainer::train(const Job& job) {
  fit({}, config_.steps, config_.learning_rate, "critic.step", job);
}

void CriticTrainer::refine(const MeasuredNetworks& generated, int64_t round, const Job& job) {
  fit({features_of(*critic_, generated.theta), generated.metric.select(1, 0).contiguous()},
      config_.refine_steps, config_.refine_rate, fmt::format("critic.refine.{}", round), job);
}

void CriticTrainer::fit(const Rows& generated, int64_t steps, double learning_rate,
                        const std::string& stream, const Job& job) {
  const Metric& metric = critic_->metric();
  const bool mixed = generated.features.defined();
  const Rows made = mixed ? generated : Rows{at::empty({0, zoo_.features.size(1)}), at::empty({0})};
  const EvenRows zoo_rows(zoo_.metric, metric), made_rows(made.metric, metric);
  const int64_t made_share = mixed ? config_.batch / 2 : 0;

  AdamW optimizer(*critic_->net_module(),
                  {.beta2 = 0.99, .weight_decay = config_.weight_decay, .ema = 0},
                  [](const std::string& name) { return name.ends_with("weight"); });
  std::vector<at::Tensor> parameters;
  const auto named = critic_->net_module()->named_parameters();
  for (const std::string& name : optimizer.names()) parameters.push_back(named[name]);
  const at::Tensor noise_scale = critic_->named_buffers(false)["deviation"] * kFeatureNoise;
  for (int64_t step = 0; step < steps && !job.stopped(); ++step) {
    RandomStream random(seed_, stream, static_cast<uint64_t>(step));
    std::vector<int64_t> from_zoo, from_made;
    for (int64_t i = made_share; i < config_.batch; ++i) from_zoo.push_back(zoo_rows.draw(random));
    for (int64_t i = 0; i < made_share; ++i) from_made.push_back(made_rows.draw(random));
    const at::Tensor a = at::tensor(from_zoo, at::kLong), b = at::tensor(from_made, at::kLong);
    at::Tensor x = at::cat({zoo_.features.index_select(0, a), made.features.index_select(0, b)});
    const at::Tensor y = at::cat({zoo_.metric.index_select(0, a), made.metric.index_select(0, b)});
    at::Tensor noise = at::empty(x.sizes());
    random.fill_normal({noise.data_ptr<float>(), static_cast<size_t>(noise.numel())});
    x = x + noise * noise_scale;
    const at::Tensor loss = metric_error(metric, critic_->metric_of_features(x), y, kLogShare);
    std::vector<at::Tensor> flat;
    for (const at::Tensor& g : torch::autograd::grad({loss}, parameters)) {
      flat.push_back(g.reshape(-1));
    }
    optimizer.gradients.copy_(at::cat(flat));
    optimizer.step(
        warmup_cosine(learning_rate, static_cast<double>(step), static_cast<double>(steps), 50));
    if ((step + 1) % 100 == 0 || step + 1 == steps) {
      job.report({.stage = "critic",
                  .done = step + 1,
                  .total = steps,
                  .unit = "steps",
                  .figures = {{"loss", loss.item<double>()}}});
    }
  }
}

}  // namespace saltus
