#include <torch/torch.h>

#include <algorithm>

#include "saltus/evaluation/sections.h"
#include "saltus/evaluation/statistics.h"

namespace saltus {

Json optimisers(const Bench& bench, const HeldOut& held_out, const Json& one_update) {
  const auto& curves = held_out.curves;
  size_t length = curves.front().size();
  for (const auto& curve : curves) length = std::min(length, curve.size());

  const double target = one_update.at("mean").get<double>();
  Json points = Json::array(), steps = nullptr, seconds_to_match = nullptr, ratio = nullptr;
  for (size_t i = 0; i < length; ++i) {
    std::vector<double> metric, seconds;
    for (const auto& curve : curves) {
      metric.push_back(curve[i].metric);
      seconds.push_back(curve[i].seconds);
    }
    const int64_t iteration = curves.front()[i].iteration;
    points.push_back(
        {{"iteration", iteration}, {"seconds", mean(seconds)}, {"mean", mean(metric)}});
    if (steps.is_null() && !bench.metric().better(target, mean(metric))) {
      steps = iteration;
      seconds_to_match = mean(seconds);
      ratio = mean(seconds) / one_update.at("seconds_per_update").get<double>();
    }
  }
  std::vector<double> finals;
  for (const auto& curve : curves) finals.push_back(curve.back().metric);
  return {{"ppo",
           {{"starts", curves.size()},
            {"curve", points},
            {"final", distribution(bench, at::tensor(finals, at::kDouble))},
            {"target", target},
            {"steps_to_match", steps},
            {"seconds_to_match", seconds_to_match},
            {"updates_per_match", ratio}}}};
}

}  // namespace saltus
