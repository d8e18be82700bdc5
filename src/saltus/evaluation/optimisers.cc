#include <torch/torch.h>

#include <algorithm>
#include <mutex>

#include "saltus/evaluation/sections.h"
#include "saltus/evaluation/statistics.h"

namespace saltus {
namespace {

// When a course of training first does as well on average as one update.
Json compare_with_update(const Bench& bench, const Optimiser& optimiser,
                         const std::vector<Optimiser::Point>& course, const Json& one_update) {
  const double target = one_update.at("mean").get<double>();
  Json points = Json::array(), steps = nullptr, seconds = nullptr, ratio = nullptr;
  at::Tensor score;
  for (const Optimiser::Point& point : course) {
    score = bench.score(point.theta);
    const double now = score.mean().item<double>();
    points.push_back({{"iteration", point.iteration}, {"seconds", point.seconds}, {"mean", now}});
    if (steps.is_null() && !bench.metric().better(target, now)) {
      steps = point.iteration;
      seconds = point.seconds;
      ratio = point.seconds / one_update.at("seconds_per_update").get<double>();
    }
  }
  return {{"starts", score.size(0)},    {"curve", points},
          {"target", target},           {"final", distribution(bench, score)},
          {"steps_to_match", steps},    {"seconds_to_match", seconds},
          {"updates_per_match", ratio}, {"settings", optimiser.settings}};
}

// The one that ends best.
Json best_of(const Bench& bench, const Json& tried) {
  const auto end = [](const Json& entry) { return entry.at("final").at("mean").get<double>(); };
  return *std::max_element(tried.begin(), tried.end(), [&](const Json& a, const Json& b) {
    return bench.metric().better(end(b), end(a));
  });
}

}  // namespace

void optimisers(const Bench& bench, const std::vector<Optimiser::Point>& course,
                const Json& one_update, Json& section, const Save& save) {
  const std::vector<Optimiser>& all = bench.inputs.optimisers;
  if (!section.contains(all.front().name)) {
    section[all.front().name] = compare_with_update(bench, all.front(), course, one_update);
    save();
  }
  if (all.size() == 1) return;

  if (!section.contains("tried")) section["tried"] = Json::array();
  // They are tried in order, so those there are the first.
  const auto total = static_cast<int64_t>(all.size());
  const auto next = 1 + static_cast<int64_t>(section["tried"].size());
  if (next == total) return;
  const at::Tensor starts = bench.fresh(bench.config.scheme, bench.config.held_out);
  Meter meter(bench.job, "tuned optimisers", (total - next) * starts.size(0));
  Job own = bench.job.quiet();
  own.stop = bench.job.stop;
  // Their times count: on a GPU, which they would share, one after another.
  const int64_t at_once = bench.job.device == "cpu" ? bench.threads : 1;
  for (int64_t first = next; first < total; first += at_once) {
    std::vector<std::vector<Optimiser::Point>> courses(
        static_cast<size_t>(std::min(at_once, total - first)));
    std::mutex mutex;
    parallel_for(static_cast<int64_t>(courses.size()), static_cast<int>(at_once), [&](int64_t k) {
      if (own.stopped()) return;
      courses[static_cast<size_t>(k)] = all[static_cast<size_t>(first + k)].train(
          starts, bench.seed("optimiser", first + k), own);
      const std::scoped_lock lock(mutex);
      if (!own.stopped()) meter.advance(starts.size(0));
    });
    if (own.stopped()) return;
    for (size_t k = 0; k < courses.size(); ++k) {
      const Optimiser& optimiser = all[static_cast<size_t>(first) + k];
      Json entry = compare_with_update(bench, optimiser, courses[k], one_update);
      entry["optimiser"] = optimiser.name;
      section["tried"].push_back(std::move(entry));
    }
    section["tuned"] = best_of(bench, section["tried"]);
    save();
  }
}

}  // namespace saltus
