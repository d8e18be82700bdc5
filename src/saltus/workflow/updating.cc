#include "saltus/workflow/updating.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "saltus/task/measure.h"

namespace saltus {
namespace {

// One round for all rows, batch by batch. -> theta [K, P], predicted [K] or undefined.
ChosenUpdate sample_round(const SampleRows& sample, const UpdateRequest& request, const Job& job,
                          Progress& progress) {
  std::vector<at::Tensor> thetas, predictions;
  const int64_t rows = request.theta.size(0);
  for (int64_t first = 0; first < rows && !job.stopped(); first += kUpdateBatch) {
    const int64_t count = std::min(kUpdateBatch, rows - first);
    const ChosenUpdate chosen = sample(request.rows(first, count));
    thetas.push_back(chosen.theta);
    if (chosen.predicted.defined()) predictions.push_back(chosen.predicted);
    progress.done += count;
    job.report(progress);
  }
  if (job.stopped()) return {};
  return {joined_rows(thetas), predictions.empty() ? at::Tensor() : joined_rows(predictions)};
}

// [K, ...] -> [K * times, ...], each row `times` times; the same for once.
at::Tensor repeated(const at::Tensor& rows, int64_t times) {
  if (times == 1) return rows;
  return rows.unsqueeze(1).expand({rows.size(0), times, rows.size(1)}).flatten(0, 1);
}

// The noise of all rows in one round.
std::vector<RowNoise> round_noise(const UpdateOptions& options, int64_t round, int64_t rows) {
  std::vector<RowNoise> noise;
  const auto seed_of = [&](int64_t seed) { return static_cast<uint64_t>(seed + round); };
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t sample = row % options.samples;
    if (!options.walk_to) {
      noise.push_back({.seed = seed_of(options.seed), .sample = sample});
      continue;
    }
    const auto steps = static_cast<double>(std::max<int64_t>(1, options.samples - 1));
    noise.push_back({.seed = seed_of(options.seed),
                     .toward = seed_of(*options.walk_to),
                     .turn = static_cast<double>(sample) / steps});
  }
  return noise;
}

}  // namespace

at::Tensor joined_rows(const std::vector<at::Tensor>& parts) {
  return parts.size() == 1 ? parts.front() : at::cat(parts);
}

size_t first_prompted(const std::vector<double>& prompt) {
  const auto given = [](double value) { return !std::isnan(value); };
  return static_cast<size_t>(std::ranges::find_if(prompt, given) - prompt.begin());
}

UpdateOutcome update_networks(const Generator& generator, const Task* task, Critic* critic,
                              const at::Tensor& theta, const std::vector<double>& prompt,
                              const at::Tensor& start_metric, const UpdateOptions& options,
                              const Job& job) {
  const auto sample = [&](const UpdateRequest& rows) -> ChosenUpdate {
    if (critic == nullptr) return {generator.update(rows, options.sampler), {}};
    return update_with_critic(generator, *critic, rows, options.sampler, options.candidates,
                              options.spread);
  };
  return update_networks(generator.description(), task, sample, theta, prompt, start_metric,
                         options, job);
}

UpdateOutcome update_networks(const GeneratorDescription& description, const Task* task,
                              const SampleRows& sample, const at::Tensor& theta,
                              const std::vector<double>& prompt, const at::Tensor& start_metric,
                              const UpdateOptions& options, const Job& job) {
  const std::vector<Metric>& metrics = description.metrics;
  const size_t asked = first_prompted(prompt);
  EvaluateOptions measurement;
  measurement.seed = static_cast<uint64_t>(options.seed);
  measurement.effort = options.effort;

  const int64_t rows = theta.size(0) * options.samples;
  const at::Tensor starts = start_metric.defined()
                                ? start_metric.to(at::kFloat)
                                : measure_networks(*task, metrics, theta, measurement, job);
  UpdateOutcome outcome;
  outcome.theta = repeated(theta, options.samples);
  outcome.start_metric = repeated(starts, options.samples);

  UpdateRequest request;
  request.prompt = at::tensor(prompt, at::kFloat).expand({rows, -1}).contiguous();
  at::Tensor metric = outcome.start_metric;
  Progress progress{"update", 0, rows * options.repeat, "networks", {}};
  double seconds = 0;
  for (int64_t round = 0; round < options.repeat && !job.stopped(); ++round) {
    request.theta = outcome.theta;
    request.start_metric = metric;
    request.noise = round_noise(options, round, rows);
    const auto began = std::chrono::steady_clock::now();
    ChosenUpdate update = sample_round(sample, request, job, progress);
    seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    if (!update.theta.defined()) break;
    const bool last = round + 1 == options.repeat;
    if (last && !options.measure && !options.keep_better) {
      outcome.theta = update.theta;
      outcome.rounds.push_back({{}, update.predicted});
      break;
    }
    // Other episodes than the start's: a start that was lucky once must not pass as better.
    measurement.seed = static_cast<uint64_t>(options.seed + round + 1);
    at::Tensor measured = measure_networks(*task, metrics, update.theta, measurement, job);
    if (options.keep_better) {
      const auto column = static_cast<int64_t>(asked);
      const at::Tensor before = metric.select(1, column), after = measured.select(1, column);
      const at::Tensor better = (metrics[asked].maximise ? after > before : after < before);
      update.theta = at::where(better.unsqueeze(1), update.theta, outcome.theta);
      measured = at::where(better.unsqueeze(1), measured, metric);
    }
    outcome.theta = update.theta;
    metric = measured;
    outcome.rounds.push_back({measured, update.predicted});
  }
  const int64_t updates = rows * std::max<int64_t>(1, static_cast<int64_t>(outcome.rounds.size()));
  outcome.seconds_per_update = seconds / static_cast<double>(updates);
  return outcome;
}

}  // namespace saltus
