#include "saltus/zoo/pairs.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "saltus/base/error.h"
#include "saltus/base/options.h"

namespace saltus {
namespace {

constexpr int kLinearBins = 25;
constexpr int kLogBins = 20;
constexpr double kFewest = 30;  // bins with fewer targets are not favoured further

int bin_of(double position, int bins) {
  return static_cast<int>(std::clamp(position * bins, 0.0, bins - 0.5));
}

// Adds share / count(bin) to every target's weight, normalised to sum `share`. A target whose
// position is NaN has no part.
void add_flattened(const std::vector<double>& position, int bins, double share,
                   std::vector<double>& weight) {
  std::vector<double> count(static_cast<size_t>(bins));
  for (double p : position) {
    if (!std::isnan(p)) ++count[static_cast<size_t>(bin_of(p, bins))];
  }
  double total = 0;
  for (double n : count) total += n / std::max(n, kFewest);
  if (total == 0) return;
  for (size_t i = 0; i < position.size(); ++i) {
    if (std::isnan(position[i])) continue;
    const double n = count[static_cast<size_t>(bin_of(position[i], bins))];
    weight[i] += share / (std::max(n, kFewest) * total);
  }
}

}  // namespace

void PairConfig::declare(Options& options) {
  options.choice("pairs.rule", rule, {"flattened", "spacing"},
                 "how start and target checkpoints are drawn");
  options.add("pairs.flatten", flatten, "share of targets drawn evenly in the metric", {0, 1});
  options.add("pairs.from_first", from_first, "share of pairs that start at the first checkpoint",
              {0, 1});
  options.add("pairs.late", late, "share of targets drawn from a run's last eighth of checkpoints",
              {0, 1});
}

PairSampler::PairSampler(const Zoo& zoo, std::vector<int64_t> runs, size_t metric,
                         const PairConfig& config)
    : config_(config), checkpoints_(zoo.checkpoints()), runs_(std::move(runs)) {
  const std::string place = zoo.folder().string();
  if (runs_.empty()) fail("pairs from zoo {}: expected one or more runs, found none", place);
  if (checkpoints_ < 2) {
    fail("pairs from zoo {}: expected 2 or more checkpoints a run, found {}", place, checkpoints_);
  }
  if (config_.rule == "spacing") return;
  if (config_.rule != "flattened") {
    fail("pairs: expected rule flattened or spacing, found '{}'", config_.rule);
  }
  const Metric& scale = zoo.description().metrics.at(metric);
  std::vector<double> linear, log_gap, uniform;
  for (int64_t r : runs_) {
    for (int64_t c = 1; c < checkpoints_; ++c) {
      const double value = zoo.metric(r, c, static_cast<int64_t>(metric));
      const bool measured = std::isfinite(value);
      linear.push_back(measured ? scale.linear(value) : std::nan(""));
      log_gap.push_back(measured ? scale.log_gap(value) : std::nan(""));
      uniform.push_back(measured ? 0.5 : std::nan(""));
    }
  }
  std::vector<double> weight(linear.size(), 0.0);
  add_flattened(linear, kLinearBins, config_.flatten / 2, weight);
  add_flattened(log_gap, kLogBins, config_.flatten / 2, weight);
  add_flattened(uniform, 1, 1 - config_.flatten, weight);
  target_cdf_.reserve(weight.size());
  double sum = 0;
  for (double w : weight) target_cdf_.push_back(sum += w);
  if (!(sum > 0)) {
    fail("pairs from zoo {}: expected measured values of '{}', found none", place, scale.name);
  }
  for (double& value : target_cdf_) value /= sum;
}

Pair PairSampler::draw(RandomStream& random) const {
  Pair pair;
  if (config_.rule == "spacing") {
    pair.run = runs_[random.below(runs_.size())];
    const auto spacing =
        1 + static_cast<int64_t>(random.below(static_cast<uint64_t>(checkpoints_ - 1)));
    pair.start = static_cast<int64_t>(random.below(static_cast<uint64_t>(checkpoints_ - spacing)));
    pair.target = pair.start + spacing;
    return pair;
  }
  if (config_.late > 0 && random.uniform_double() < config_.late) {
    const int64_t last = std::max<int64_t>(1, checkpoints_ / 8);
    pair.run = runs_[random.below(runs_.size())];
    pair.target =
        checkpoints_ - 1 - static_cast<int64_t>(random.below(static_cast<uint64_t>(last)));
    return started(pair, random);
  }
  // The cdf ends at 1 and a target of weight 0 has no width, so this finds one of positive weight.
  const auto place = std::ranges::upper_bound(target_cdf_, random.uniform_double());
  const int64_t index = place - target_cdf_.begin();
  pair.run = runs_[static_cast<size_t>(index / (checkpoints_ - 1))];
  pair.target = 1 + index % (checkpoints_ - 1);
  return started(pair, random);
}

Pair PairSampler::started(Pair pair, RandomStream& random) const {
  const bool from_first = random.uniform_double() < config_.from_first;
  if (!from_first) {
    pair.start = static_cast<int64_t>(random.below(static_cast<uint64_t>(pair.target)));
  }
  return pair;
}

}  // namespace saltus
