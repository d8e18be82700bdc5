#include "saltus/training/critic_training.h"

#include <algorithm>
#include <cmath>

#include "saltus/base/error.h"
#include "saltus/training/optimizer.h"

namespace saltus {
namespace {

constexpr int64_t kMetricBins = 25;
constexpr double kRareBin = 20;         // a bin with fewer rows does not weigh more than this one
constexpr float kFeatureNoise = 0.02f;  // in units of a feature's deviation

// Draws rows so that every part of the metric's range is equally likely.
class EvenRows {
 public:
  EvenRows(const at::Tensor& metric, const Metric& description) {
    const auto values = metric.accessor<float, 1>();
    std::vector<int64_t> bins;
    std::vector<double> counts(kMetricBins, 0);
    for (int64_t i = 0; i < metric.size(0); ++i) {
      const double u = std::clamp(description.linear(values[i]), 0.0, 1.0);
      bins.push_back(std::min<int64_t>(static_cast<int64_t>(u * kMetricBins), kMetricBins - 1));
      counts[static_cast<size_t>(bins.back())] += 1;
    }
    double sum = 0;
    for (const int64_t bin : bins) {
      sum += 1 / std::max(counts[static_cast<size_t>(bin)], kRareBin);
      cdf_.push_back(sum);
    }
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
  o.add("critic.inputs", inputs, "drawn inputs whose outputs are features", {1, 1e5});
}

MeasuredNetworks measured_networks(const Zoo& zoo, const std::vector<int64_t>& runs,
                                   size_t metric) {
  const int64_t checkpoints = zoo.checkpoints(), parameters = zoo.parameters();
  const auto count = static_cast<int64_t>(runs.size()) * checkpoints;
  MeasuredNetworks all{at::empty({count, parameters}), at::empty({count})};
  int64_t row = 0;
  for (const int64_t run : runs) {
    for (int64_t c = 0; c < checkpoints; ++c, ++row) {
      zoo.read(run, c,
               {all.theta.data_ptr<float>() + row * parameters, static_cast<size_t>(parameters)});
      all.metric.data_ptr<float>()[row] = zoo.metric(run, c, static_cast<int64_t>(metric));
    }
  }
  return all;
}

std::shared_ptr<Critic> train_critic(const CriticConfig& config,
                                     std::shared_ptr<const Architecture> architecture,
                                     const Metric& metric, const Probes& probes,
                                     const MeasuredNetworks& zoo_networks,
                                     const MeasuredNetworks& generated, uint64_t seed,
                                     const Job& job) {
  RandomStream inputs(seed, "critic.inputs");
  auto critic = std::make_shared<Critic>(std::move(architecture), metric, probes,
                                         probes.draw(config.inputs, inputs), config.width, seed);
  at::Tensor zoo_features = features_of(*critic, zoo_networks.theta);
  at::Tensor zoo_metric = zoo_networks.metric;
  if (probes.mirror.defined()) {
    zoo_features =
        at::cat({zoo_features, features_of(*critic, zoo_networks.theta * probes.mirror)});
    zoo_metric = at::cat({zoo_metric, zoo_metric});
  }
  const EvenRows zoo_rows(zoo_metric, metric);
  const bool mixed = generated.theta.defined() && generated.theta.size(0) > 0;
  const at::Tensor made_features =
      mixed ? features_of(*critic, generated.theta) : at::empty({0, zoo_features.size(1)});
  const at::Tensor made_metric = mixed ? generated.metric : at::empty({0});
  const EvenRows made_rows(made_metric, metric);
  critic->set_scales(zoo_features);

  AdamW optimizer(*critic->net_module(),
                  {.beta2 = 0.99, .weight_decay = config.weight_decay, .ema = 0},
                  [](const std::string& name) { return name.ends_with("weight"); });
  const std::vector<at::Tensor> parameters = [&] {
    std::vector<at::Tensor> list;
    auto named = critic->net_module()->named_parameters();
    for (const std::string& name : optimizer.names()) list.push_back(named[name]);
    return list;
  }();
  const int64_t made_share = mixed ? config.batch / 2 : 0;
  at::Tensor noise_scale;
  for (const auto& buffer : critic->named_buffers(false)) {
    if (buffer.key() == "deviation") noise_scale = buffer.value() * kFeatureNoise;
  }
  for (int64_t step = 0; step < config.steps && !job.stopped(); ++step) {
    RandomStream random(seed, "critic.step", static_cast<uint64_t>(step));
    std::vector<int64_t> from_zoo, from_made;
    for (int64_t i = made_share; i < config.batch; ++i) from_zoo.push_back(zoo_rows.draw(random));
    for (int64_t i = 0; i < made_share; ++i) from_made.push_back(made_rows.draw(random));
    const at::Tensor a = at::tensor(from_zoo, at::kLong), b = at::tensor(from_made, at::kLong);
    at::Tensor x = at::cat({zoo_features.index_select(0, a), made_features.index_select(0, b)}, 0);
    const at::Tensor y =
        (at::cat({zoo_metric.index_select(0, a), made_metric.index_select(0, b)}, 0) -
         metric.worst) /
        (metric.best - metric.worst);
    at::Tensor noise = at::empty(x.sizes());
    random.fill_normal({noise.data_ptr<float>(), static_cast<size_t>(noise.numel())});
    x = x + noise * noise_scale;
    const at::Tensor loss = (critic->predict_features(x) - y).square().mean();
    const auto gradients = torch::autograd::grad({loss}, parameters);
    std::vector<at::Tensor> flat;
    for (const at::Tensor& g : gradients) flat.push_back(g.reshape(-1));
    optimizer.gradients.copy_(at::cat(flat));
    optimizer.step(warmup_cosine(config.learning_rate, static_cast<double>(step),
                                 static_cast<double>(config.steps), 50));
    if ((step + 1) % 100 == 0 || step + 1 == config.steps) {
      job.report({.stage = "critic",
                  .done = step + 1,
                  .total = config.steps,
                  .unit = "steps",
                  .figures = {{"rms error", std::sqrt(loss.item<double>()) *
                                                std::abs(metric.best - metric.worst)}}});
    }
  }
  critic->eval();
  return critic;
}

}  // namespace saltus
