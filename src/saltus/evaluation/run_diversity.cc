#include "saltus/evaluation/run_diversity.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <vector>

#include "saltus/base/error.h"
#include "saltus/evaluation/matching.h"
#include "saltus/evaluation/statistics.h"

namespace saltus {
namespace {

// Indices of at most `wanted` runs: the first of two or more lots, evenly from the first to the
// last.
std::vector<int64_t> spread_lots(const Zoo& zoo, int64_t wanted, int64_t lot) {
  std::vector<std::vector<int64_t>> lots;
  for (int64_t r = 0; r < zoo.runs(); ++r) {
    const bool same = !lots.empty() && zoo.run_id(lots.back().front()) / lot == zoo.run_id(r) / lot;
    if (!same) lots.emplace_back();
    lots.back().push_back(r);
  }
  const auto all = static_cast<int64_t>(lots.size());
  const int64_t taken = std::clamp<int64_t>(wanted / lot, std::min<int64_t>(2, all), all);
  std::vector<int64_t> chosen;
  for (int64_t i = 0; i < taken; ++i) {
    const auto& runs = lots[static_cast<size_t>(taken == 1 ? 0 : i * (all - 1) / (taken - 1))];
    const int64_t some = std::min(std::ssize(runs), std::max<int64_t>(1, wanted / taken));
    chosen.insert(chosen.end(), runs.begin(), runs.begin() + some);
  }
  return chosen;
}

double raw_distance(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += difference * difference;
  }
  return std::sqrt(sum);
}

struct Distances {
  std::vector<double> raw, matched;

  Json to_json() const {
    const auto summary = [](const std::vector<double>& x) {
      return Json{{"p10", quantile(x, 0.1)}, {"median", median(x)}, {"p90", quantile(x, 0.9)}};
    };
    if (raw.empty()) return {{"pairs", 0}};
    return {{"pairs", raw.size()}, {"raw", summary(raw)}, {"matched", summary(matched)}};
  }
};

}  // namespace

Json run_diversity(const Zoo& zoo, int64_t runs, int64_t lot, const Job& job) {
  check(runs >= 2 && lot >= 1, "run_diversity: runs, lot");
  if (zoo.runs() < 2) {
    fail("{}: expected two or more runs to compare, found {}", zoo.folder().string(), zoo.runs());
  }
  const std::vector<int64_t> chosen = spread_lots(zoo, runs, lot);
  const UnitMatcher matcher(zoo.description().layout, zoo.description().symmetry);
  std::vector<std::vector<float>> networks;
  for (const int64_t r : chosen) {
    std::vector<float> theta(static_cast<size_t>(zoo.parameters()));
    zoo.read(r, zoo.checkpoints() - 1, theta);
    networks.push_back(matcher.canonical(theta));
  }

  Distances within, across;
  std::mutex mutex;
  int64_t done = 0;
  const auto count = static_cast<int64_t>(chosen.size());
  parallel_for(count, thread_count(job), [&](int64_t row) {
    if (job.stopped()) return;
    Distances mine[2];  // across, within
    const auto i = static_cast<size_t>(row);
    for (size_t j = 0; j < i; ++j) {
      const bool together = zoo.run_id(chosen[i]) / lot == zoo.run_id(chosen[j]) / lot;
      mine[together].raw.push_back(raw_distance(networks[i], networks[j]));
      mine[together].matched.push_back(matcher.match(networks[i], networks[j]).distance);
    }
    const std::scoped_lock lock(mutex);
    for (const bool together : {false, true}) {
      Distances& all = together ? within : across;
      const Distances& some = mine[together];
      all.raw.insert(all.raw.end(), some.raw.begin(), some.raw.end());
      all.matched.insert(all.matched.end(), some.matched.begin(), some.matched.end());
    }
    job.report({.stage = "distances", .done = ++done, .total = count, .unit = "runs"});
  });
  if (job.stopped()) return {};

  Json metrics = Json::object();
  for (size_t m = 0; m < zoo.description().metrics.size(); ++m) {
    std::vector<double> values;
    for (const int64_t r : chosen) {
      values.push_back(zoo.metric(r, zoo.checkpoints() - 1, static_cast<int64_t>(m)));
    }
    metrics[zoo.description().metrics[m].name] = {{"mean", mean(values)},
                                                  {"std", standard_deviation(values)}};
  }
  return {{"runs", count},
          {"lot", lot},
          {"metrics", metrics},
          {"one_lot", within.to_json()},
          {"two_lots", across.to_json()}};
}

std::string describe_run_diversity(const Json& diversity) {
  std::string text = fmt::format("last checkpoints of {} runs, lots of {}\n",
                                 diversity["runs"].get<int64_t>(), diversity["lot"].get<int64_t>());
  for (const auto& [name, value] : diversity["metrics"].items()) {
    text += fmt::format("  {:<14} {:.4g} +- {:.2g}\n", name, value["mean"].get<double>(),
                        value["std"].get<double>());
  }
  text += fmt::format("\n  {:<20} {:>8} {:>10} {:>10} {:>10}\n", "distance of pairs", "pairs",
                      "p10", "median", "p90");
  for (const auto& [key, label] : {std::pair{"one_lot", "one lot"}, {"two_lots", "two lots"}}) {
    const Json& group = diversity[key];
    if (group["pairs"].get<int64_t>() == 0) continue;
    for (const char* kind : {"raw", "matched"}) {
      text += fmt::format("  {:<20} {:>8} {:>10.4g} {:>10.4g} {:>10.4g}\n",
                          fmt::format("{}, {}", label, kind), group["pairs"].get<int64_t>(),
                          group[kind]["p10"].get<double>(), group[kind]["median"].get<double>(),
                          group[kind]["p90"].get<double>());
    }
  }
  return text;
}

}  // namespace saltus
