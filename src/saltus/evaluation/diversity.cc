#include <torch/torch.h>

#include <cmath>

#include "saltus/evaluation/sections.h"

namespace saltus {
namespace {

constexpr int64_t kStarts = 16, kNoises = 16, kProbes = 256;

double rms(const at::Tensor& x) { return x.to(at::kDouble).square().mean().sqrt().item<double>(); }

// x [starts, noises, D]: rms distance of a row from the mean over `axis`.
double spread(const at::Tensor& x, int64_t axis) {
  const at::Tensor values = x.to(at::kDouble);
  return (values - values.mean(axis, true)).square().sum(-1).mean().sqrt().item<double>();
}

Json measure_diversity(const Bench& bench, const Generator& generator, const Starts& starts,
                       Meter& meter) {
  Noise noise{.seed = bench.seed("diversity")};
  for (int64_t row = 0; row < kStarts * kNoises; ++row) noise.sample.push_back(row % kNoises);
  const at::Tensor theta = starts.theta.repeat_interleave(kNoises, 0);
  const at::Tensor metric = starts.metric.repeat_interleave(kNoises);
  const at::Tensor updated = bench.update(generator, theta, metric,
                                          at::full_like(metric, bench.zoo_best()), noise, &meter);

  const at::Tensor updates = (updated - theta).view({kStarts, kNoises, -1});
  at::Tensor actions;  // undefined where what networks answer is not known
  if (bench.answers()) {
    actions = bench.actions(updated, bench.probe_inputs(kProbes)).view({kStarts, kNoises, -1});
  }
  const at::Tensor score = bench.score(updated).view({kStarts, kNoises, 1});
  const double update_norm = updates.to(at::kDouble).square().sum(-1).mean().sqrt().item<double>();
  const auto over = [&](int64_t axis) -> Json {
    Json json = {{"weights", spread(updates, axis) / update_norm}};
    if (actions.defined()) {
      json["actions"] = spread(actions, axis) / std::sqrt(static_cast<double>(actions.size(2)));
    }
    json["metric"] = spread(score, axis);
    return json;
  };
  Json json = {{"update_norm", update_norm}, {"same_start", over(1)}, {"same_noise", over(0)}};
  if (actions.defined()) json["action_rms"] = rms(actions);
  return json;
}

}  // namespace

Json diversity(const Bench& bench) {
  const Generator* other = bench.inputs.without_function_loss;
  const Starts starts = draw_starts(bench, bench.config.scheme, kStarts);
  Meter meter(bench.job, "diversity", kStarts * kNoises * (other == nullptr ? 1 : 2));
  Json json = {{"starts", kStarts}, {"noises", kNoises}, {"prompt", bench.zoo_best()}};
  json["with"] = measure_diversity(bench, bench.inputs.generator, starts, meter);
  if (other != nullptr) {
    json["without_function_loss"] = measure_diversity(bench, *other, starts, meter);
  }
  return json;
}

}  // namespace saltus
