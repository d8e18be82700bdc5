#include <torch/torch.h>

#include "saltus/evaluation/sections.h"

namespace saltus {

Json start_dependence(const Bench& bench) {
  const int64_t count = bench.config.crossed_starts;
  const Starts starts = draw_starts(bench, bench.config.scheme, count);
  Meter meter(bench.job, "start dependence", count);
  const at::Tensor updated = bench.update_to_best(starts.theta, starts.metric,
                                                  {.seed = bench.seed("start_dependence")}, &meter);
  const at::Tensor updates = updated - starts.theta;

  std::vector<int64_t> to, from;
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t j = 0; j < count; ++j) {
      if (i == j) continue;
      from.push_back(i);
      to.push_back(j);
    }
  }
  const at::Tensor crossed =
      starts.theta.index_select(0, at::tensor(to)) + updates.index_select(0, at::tensor(from));
  return {{"starts", count},
          {"own", distribution(bench, bench.score(updated))},
          {"other", distribution(bench, bench.score(crossed))},
          {"start", distribution(bench, bench.score(starts.theta))}};
}

}  // namespace saltus
