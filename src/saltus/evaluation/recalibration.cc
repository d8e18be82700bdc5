#include "saltus/evaluation/recalibration.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "saltus/base/monotone.h"
#include "saltus/evaluation/sections.h"
#include "saltus/evaluation/statistics.h"

namespace saltus {
namespace {

constexpr int64_t kFittedPrompts = 24, kFittedStarts = 64;

}  // namespace

Recalibration::Recalibration(const Bench& bench) {
  // Evenly in the logarithmic distance from the metric's best end, where differences matter most.
  const Metric& metric = bench.metric();
  const double near = metric.log_gap(bench.zoo_best()), far = metric.log_gap(bench.zoo_worst());
  const double span = std::log1p(std::abs(metric.best - metric.worst) / metric.resolution);
  for (int64_t i = 0; i < kFittedPrompts; ++i) {
    const double x = near + (far - near) * static_cast<double>(i) / (kFittedPrompts - 1);
    const double gap = metric.resolution * std::expm1(x * span);
    prompts_.push_back(metric.maximise ? metric.best - gap : metric.best + gap);
  }
  std::ranges::sort(prompts_);

  std::vector<int64_t> runs = bench.training_runs();
  runs.resize(std::min(runs.size(), static_cast<size_t>(kFittedStarts)));
  const at::Tensor starts = bench.checkpoints(runs, 0);
  const auto count = static_cast<int64_t>(runs.size());
  const at::Tensor prompt = at::tensor(prompts_).repeat_interleave(count);
  Meter meter(bench.job, "recalibration", count * kFittedPrompts);
  const at::Tensor updated =
      bench.update(bench.inputs.generator, starts.repeat({kFittedPrompts, 1}),
                   bench.condition(starts).repeat({kFittedPrompts}), prompt,
                   {.seed = bench.seed("recalibration")}, &meter);
  const at::Tensor found =
      bench.measure(updated, Purpose::condition, 64, 1).view({kFittedPrompts, count}).mean(1);
  for (const Pool& pool : pool_violators(to_vector(found))) {
    reached_.insert(reached_.end(), static_cast<size_t>(pool.count), pool.mean);
  }
}

double Recalibration::operator()(double wanted) const {
  const auto above = std::ranges::lower_bound(reached_, wanted);
  if (above == reached_.begin()) return prompts_.front();
  if (above == reached_.end()) return prompts_.back();
  const auto j = static_cast<size_t>(above - reached_.begin());
  const double x = (wanted - reached_[j - 1]) / (reached_[j] - reached_[j - 1]);
  return prompts_[j - 1] + x * (prompts_[j] - prompts_[j - 1]);
}

Json Recalibration::to_json() const { return {{"prompts", prompts_}, {"reached", reached_}}; }

}  // namespace saltus
