#include <torch/torch.h>

#include <chrono>

#include "saltus/evaluation/sections.h"
#include "saltus/evaluation/statistics.h"

namespace saltus {
namespace {

double median_seconds(int repeats, const std::function<void()>& work) {
  std::vector<double> seconds;
  for (int i = 0; i < repeats; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    seconds.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  return median(seconds);
}

}  // namespace

Starts draw_starts(const Bench& bench, const std::string& scheme, int64_t count) {
  const at::Tensor theta = bench.fresh(scheme, count);
  return {theta, bench.condition(theta)};
}

Json one_update(const Bench& bench) {
  const Starts starts = draw_starts(bench, bench.config.scheme, bench.config.starts);
  const int64_t episodes = bench.config.episodes;
  const int64_t batch = std::min(Bench::kBatch, bench.config.starts);
  constexpr int kRepeats = 3, kSingles = 20;
  Meter meter(bench.job, "one update", bench.config.starts + kRepeats * batch + kSingles);

  const Noise noise{.seed = bench.seed("one_update")};
  const at::Tensor updated = bench.update_to_best(starts.theta, starts.metric, noise, &meter);
  const at::Tensor scores = bench.all_scores(updated, episodes);
  const at::Tensor score = scores.select(1, 0);
  const auto time = [&](int repeats, int64_t rows) {
    return median_seconds(repeats, [&] {
      bench.update_to_best(starts.theta.narrow(0, 0, rows), starts.metric.narrow(0, 0, rows), noise,
                           &meter);
    });
  };

  Json json = distribution(bench, score);
  json["prompt"] = bench.zoo_best();
  json["values"] = to_vector(score);
  json["others"] = other_scores(bench, scores);
  const at::Tensor before = bench.measure(starts.theta, Purpose::score, episodes);
  json["start"] = distribution(bench, before);
  json["start"]["values"] = to_vector(before);
  if (bench.inputs.task.stochastic()) {
    json["deterministic"] =
        distribution(bench, bench.measure(updated, Purpose::score, episodes, 0, true));
    json["episodes"] = episodes;
  }
  json["evaluations"] = bench.config.sampler.evaluations;
  json["seconds_per_update"] = time(kRepeats, batch) / static_cast<double>(batch);
  json["batch"] = batch;
  json["seconds_per_update_single"] = time(kSingles, 1);
  return json;
}

}  // namespace saltus
