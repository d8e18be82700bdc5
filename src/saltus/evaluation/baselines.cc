#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "saltus/evaluation/matching.h"
#include "saltus/evaluation/sections.h"
#include "saltus/training/checkpoints.h"

namespace saltus {
namespace {

// The prompts of the alignment, then the zoo's best.
std::vector<double> all_prompts(const Bench& bench) {
  std::vector<double> prompts = prompt_ranges(bench).front().prompts;
  prompts.push_back(bench.zoo_best());
  return prompts;
}

// achieved [prompts + 1, K] -> {"best": ..., "alignment": ...}.
Json prompted(const Bench& bench, std::vector<double> prompts, const at::Tensor& achieved) {
  const auto count = static_cast<int64_t>(prompts.size()) - 1;
  prompts.pop_back();
  return {{"best", distribution(bench, achieved[count])},
          {"alignment", alignment_row(bench, prompts, achieved.narrow(0, 0, count))}};
}

// For each prompt, the training checkpoint whose recorded metric is nearest to it.
std::vector<CheckpointId> nearest_checkpoints(const Bench& bench,
                                              const std::vector<double>& prompts) {
  std::vector<CheckpointId> nearest(prompts.size());
  std::vector<double> gap(prompts.size(), INFINITY);
  for (const int64_t r : bench.training_runs()) {
    for (int64_t c = 0; c < bench.inputs.zoo.checkpoints(); ++c) {
      const double value = bench.inputs.zoo.metric(r, c, static_cast<int64_t>(bench.zoo_metric()));
      for (size_t p = 0; p < prompts.size(); ++p) {
        if (std::abs(value - prompts[p]) >= gap[p]) continue;
        gap[p] = std::abs(value - prompts[p]);
        nearest[p] = {r, c};
      }
    }
  }
  return nearest;
}

Json lookup(const Bench& bench) {
  const std::vector<double> prompts = all_prompts(bench);
  const at::Tensor networks =
      read_checkpoints(bench.inputs.zoo, nearest_checkpoints(bench, prompts));
  const at::Tensor achieved = bench.score(networks).unsqueeze(1);
  Json json = prompted(bench, prompts, achieved);
  json["depends_on_start"] = false;
  json["novelty_ratio"] = 0;
  json["cannot"] = {"improve a given network: it returns the same checkpoint whatever the start",
                    "make anything new: every result is a training network",
                    "answer without the zoo at hand"};
  return json;
}

Json mean_network(const Bench& bench) {
  const int64_t last = bench.inputs.zoo.checkpoints() - 1;
  const at::Tensor network = bench.checkpoints(bench.training_runs(), last).mean(0, true);
  return {{"metric", bench.score(network)[0].item<double>()}};
}

// The mean of θ_c - θ_0 over training checkpoints, by the prompt nearest to their metric:
// [prompts, P]. A prompt that no checkpoint is nearest to borrows the mean of the one below.
at::Tensor mean_deltas(const Bench& bench, const std::vector<double>& prompts) {
  const auto parameters = static_cast<size_t>(bench.inputs.zoo.parameters());
  std::vector<std::vector<double>> sums(prompts.size(), std::vector<double>(parameters, 0));
  std::vector<int64_t> counts(prompts.size(), 0);
  std::vector<float> first(parameters), theta(parameters);
  for (const int64_t r : bench.training_runs()) {
    bench.inputs.zoo.read(r, 0, first);
    for (int64_t c = 1; c < bench.inputs.zoo.checkpoints(); ++c) {
      const double value = bench.inputs.zoo.metric(r, c, static_cast<int64_t>(bench.zoo_metric()));
      const auto bin =
          static_cast<size_t>(std::min_element(prompts.begin(), prompts.end(),
                                               [&](double a, double b) {
                                                 return std::abs(value - a) < std::abs(value - b);
                                               }) -
                              prompts.begin());
      bench.inputs.zoo.read(r, c, theta);
      for (size_t i = 0; i < parameters; ++i) sums[bin][i] += theta[i] - first[i];
      ++counts[bin];
    }
  }
  at::Tensor deltas =
      at::zeros({static_cast<int64_t>(prompts.size()), bench.inputs.zoo.parameters()});
  for (size_t p = 0; p < prompts.size(); ++p) {
    const auto row = static_cast<int64_t>(p);
    if (counts[p] > 0) {
      deltas[row].copy_(at::tensor(sums[p]) / counts[p]);
    } else if (p > 0) {
      deltas[row].copy_(deltas[row - 1]);
    }
  }
  return deltas;
}

Json conditional_mean(const Bench& bench, Meter& meter) {
  const std::vector<double> prompts = all_prompts(bench);
  const int64_t starts = bench.config.alignment_starts;
  const at::Tensor theta = bench.fresh(bench.config.scheme, starts);
  const at::Tensor deltas = mean_deltas(bench, prompts);
  const at::Tensor networks = (deltas.unsqueeze(1) + theta.unsqueeze(0)).flatten(0, 1);
  Json json = prompted(bench, prompts,
                       bench.score(networks).view({static_cast<int64_t>(prompts.size()), starts}));
  meter.advance(networks.size(0));
  return json;
}

Json aligned_interpolation(const Bench& bench, int64_t starts, Meter& meter) {
  constexpr size_t kCandidates = 200;
  std::vector<int64_t> runs = bench.training_runs();
  if (runs.size() > kCandidates) runs.resize(kCandidates);
  const at::Tensor finals = bench.checkpoints(runs, bench.inputs.zoo.checkpoints() - 1);
  const at::Tensor theta = bench.fresh(bench.config.scheme, starts);
  const Architecture& architecture = bench.inputs.task.architecture();
  const UnitMatcher matcher(architecture.layout(), architecture.symmetry());
  const auto row = [](const at::Tensor& x, int64_t i) {
    return std::span<const float>(x.data_ptr<float>() + i * x.size(1),
                                  static_cast<size_t>(x.size(1)));
  };
  std::vector<std::vector<float>> candidates;
  for (int64_t j = 0; j < finals.size(0); ++j)
    candidates.push_back(matcher.canonical(row(finals, j)));

  at::Tensor aligned = at::empty_like(theta);
  for (int64_t k = 0; k < starts; ++k) {
    const std::vector<float> start = matcher.canonical(row(theta, k));
    std::vector<UnitMatch> matches(candidates.size());
    parallel_for(finals.size(0), bench.threads, [&](int64_t j) {
      const auto candidate = static_cast<size_t>(j);
      matches[candidate] = matcher.match(start, candidates[candidate]);
    });
    const auto nearest = std::min_element(
        matches.begin(), matches.end(),
        [](const UnitMatch& a, const UnitMatch& b) { return a.distance < b.distance; });
    const at::Tensor index = at::tensor(
        architecture.symmetry().gather_index(architecture.layout(), nearest->permutations));
    aligned[k].copy_(finals[nearest - matches.begin()].index_select(0, index));
    meter.advance(1);
  }
  const auto part = [&](double alpha) {
    return distribution(bench, bench.score(theta + alpha * (aligned - theta)));
  };
  return {{"half", part(0.5)}, {"full", part(1)}};
}

}  // namespace

Json baselines(const Bench& bench) {
  constexpr int64_t kInterpolated = 32;
  Meter meter(bench.job, "baselines",
              (bench.config.prompts + 1) * bench.config.alignment_starts + kInterpolated);
  Json json = {{"lookup", lookup(bench)}, {"mean_network", mean_network(bench)}};
  json["conditional_mean"] = conditional_mean(bench, meter);
  json["aligned_interpolation"] = aligned_interpolation(bench, kInterpolated, meter);
  return json;
}

}  // namespace saltus
