#include <torch/torch.h>

#include <algorithm>
#include <mutex>

#include "saltus/evaluation/sections.h"
#include "saltus/evaluation/statistics.h"

namespace saltus {
namespace {

// When a course of training first does as well on average as one update.
Json compare_with_update(const Bench& bench, const std::vector<Optimiser::Point>& course,
                         const Json& one_update) {
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
  return {
      {"starts", score.size(0)},   {"curve", points},         {"final", distribution(bench, score)},
      {"target", target},          {"steps_to_match", steps}, {"seconds_to_match", seconds},
      {"updates_per_match", ratio}};
}

}  // namespace

Json optimisers(const Bench& bench, const HeldOut& held_out, const Json& one_update) {
  const std::vector<Optimiser>& all = bench.inputs.optimisers;
  Json json = {{all.front().name, compare_with_update(bench, held_out.curve, one_update)}};
  json[all.front().name]["settings"] = all.front().settings;
  if (all.size() == 1) return json;

  const auto others = static_cast<int64_t>(all.size()) - 1;
  Meter meter(bench.job, "tuned optimisers", others * held_out.start.size(0));
  Job own = bench.job.quiet();
  own.stop = bench.job.stop;
  std::vector<std::vector<Optimiser::Point>> courses(all.size());
  std::mutex mutex;
  // Their times count: on a GPU, which they would share, one after another.
  const int at_once = bench.job.device == "cpu" ? bench.threads : 1;
  parallel_for(others, at_once, [&](int64_t k) {
    if (own.stopped()) return;
    const auto i = static_cast<size_t>(k) + 1;
    std::vector<Optimiser::Point> course =
        all[i].train(held_out.start, bench.seed("optimiser", k + 1), own);
    if (own.stopped()) return;
    const std::scoped_lock lock(mutex);
    courses[i] = std::move(course);
    meter.advance(held_out.start.size(0));
  });
  Json tried = Json::array();
  for (size_t i = 1; i < all.size(); ++i) {
    if (courses[i].empty()) continue;  // stopped
    Json entry = compare_with_update(bench, courses[i], one_update);
    entry["optimiser"] = all[i].name;
    entry["settings"] = all[i].settings;
    tried.push_back(std::move(entry));
  }
  const Json* best = nullptr;
  for (const Json& entry : tried) {
    const auto end = [](const Json& e) { return e.at("final").at("mean").get<double>(); };
    if (best == nullptr || bench.metric().better(end(entry), end(*best))) best = &entry;
  }
  if (best != nullptr) json["tuned"] = Json(*best);
  json["tried"] = std::move(tried);
  return json;
}

}  // namespace saltus
