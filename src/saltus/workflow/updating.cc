#include "saltus/workflow/updating.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "saltus/task/measure.h"

namespace saltus {
namespace {

// Rows sampled at once: enough to fill the matrix products, little memory.
constexpr int64_t kBatch = 256;

// One round for all rows, batch by batch. -> theta [K, P], predicted [K] or undefined.
ChosenUpdate sample_round(const Generator& generator, Critic* critic, const UpdateRequest& request,
                          const UpdateOptions& options, const Job& job, Progress& progress) {
  std::vector<at::Tensor> thetas, predictions;
  const int64_t rows = request.theta.size(0);
  for (int64_t first = 0; first < rows && !job.stopped(); first += kBatch) {
    const int64_t count = std::min(kBatch, rows - first);
    UpdateRequest part;
    part.theta = request.theta.narrow(0, first, count);
    part.start_metric = request.start_metric.narrow(0, first, count);
    part.prompt = request.prompt.narrow(0, first, count);
    part.seed = request.seed;
    part.sample.assign(request.sample.begin() + first, request.sample.begin() + first + count);
    if (critic != nullptr) {
      const ChosenUpdate chosen = update_with_critic(generator, *critic, part, options.sampler,
                                                     options.candidates, options.spread);
      thetas.push_back(chosen.theta);
      predictions.push_back(chosen.predicted);
    } else {
      thetas.push_back(generator.update(part, options.sampler));
    }
    progress.done += count;
    job.report(progress);
  }
  if (job.stopped()) return {};
  return {at::cat(thetas), predictions.empty() ? at::Tensor() : at::cat(predictions)};
}

}  // namespace

size_t first_prompted(const std::vector<double>& prompt) {
  const auto given = [](double value) { return !std::isnan(value); };
  return static_cast<size_t>(std::ranges::find_if(prompt, given) - prompt.begin());
}

UpdateOutcome update_networks(const Generator& generator, const Task* task, Critic* critic,
                              const at::Tensor& theta, const std::vector<double>& prompt,
                              const at::Tensor& start_metric, const UpdateOptions& options,
                              const Job& job) {
  const std::vector<Metric>& metrics = generator.description().metrics;
  const size_t asked = first_prompted(prompt);
  EvaluateOptions measurement;
  measurement.seed = static_cast<uint64_t>(options.seed);
  measurement.effort = options.effort;

  const int64_t rows = theta.size(0) * options.samples;
  const at::Tensor starts = start_metric.defined()
                                ? start_metric.to(at::kFloat)
                                : measure_networks(*task, metrics, theta, measurement, job);
  UpdateOutcome outcome;
  outcome.theta = theta.repeat_interleave(options.samples, 0);
  outcome.start_metric = starts.repeat_interleave(options.samples, 0);

  UpdateRequest request;
  request.prompt = at::tensor(prompt, at::kFloat).expand({rows, -1}).contiguous();
  for (int64_t row = 0; row < rows; ++row) request.sample.push_back(row % options.samples);
  at::Tensor metric = outcome.start_metric;
  Progress progress{"update", 0, rows * options.repeat, "networks", {}};
  double seconds = 0;
  for (int64_t round = 0; round < options.repeat && !job.stopped(); ++round) {
    request.theta = outcome.theta;
    request.start_metric = metric;
    request.seed = static_cast<uint64_t>(options.seed + round);
    const auto began = std::chrono::steady_clock::now();
    ChosenUpdate update = sample_round(generator, critic, request, options, job, progress);
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
