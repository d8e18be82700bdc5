#include <torch/torch.h>

#include "saltus/evaluation/sections.h"

namespace saltus {

KeepIfBetter keep_if_better(const Bench& bench, const std::string& scheme, Meter& meter) {
  const Starts starts = draw_starts(bench, scheme, bench.config.starts);
  KeepIfBetter chain;
  const int64_t episodes = bench.short_episodes();
  at::Tensor theta = starts.theta, metric = starts.metric;
  at::Tensor scores = bench.all_scores(theta, episodes);  // [K, M]
  chain.start = scores.select(1, 0);
  for (int64_t u = 0; u < bench.config.updates; ++u) {
    const Noise noise{.seed = bench.seed("recursion", u)};
    const at::Tensor candidate = bench.update_to_best(theta, metric, noise, &meter);
    const at::Tensor selected = bench.measure(candidate, Purpose::select, 64, u);
    const at::Tensor better = bench.metric().maximise ? selected > metric : selected < metric;
    // Only networks that changed are scored anew; after the first update, whose plain result is
    // reported too, that is about half of them.
    const at::Tensor scored = u == 0 ? at::arange(candidate.size(0)) : better.nonzero().squeeze(1);
    at::Tensor candidate_scores = scores.clone();
    if (scored.numel() > 0) {
      candidate_scores.index_copy_(
          0, scored, bench.all_scores(candidate.index_select(0, scored), episodes, u));
    }
    if (u == 0) chain.plain_first = candidate_scores.select(1, 0);
    theta = at::where(better.unsqueeze(1), candidate, theta);
    metric = at::where(better, selected, metric);
    scores = at::where(better.unsqueeze(1), candidate_scores, scores);
    chain.scores.push_back(scores.select(1, 0));
    chain.others.push_back(other_scores(bench, scores));
    chain.kept.push_back(better.to(at::kDouble).mean().item<double>());
  }
  return chain;
}

Json recursion(const Bench& bench, const KeepIfBetter& own) {
  const int64_t updates = bench.config.updates;
  Meter meter(bench.job, "recursion", updates * bench.config.starts);
  Starts state = draw_starts(bench, bench.config.scheme, bench.config.starts);
  Json json = Json::array();
  for (int64_t u = 0; u < updates; ++u) {
    state.theta = bench.update_to_best(state.theta, state.metric,
                                       {.seed = bench.seed("recursion", u)}, &meter);
    const at::Tensor scores = bench.all_scores(state.theta, bench.short_episodes(), u);
    // Nothing is chosen here, so one measurement may be both the score and the next condition,
    // unless scores are taken on data that must not condition.
    const bool same_data = bench.metric().measured_on == bench.score_metric().measured_on;
    state.metric = same_data ? scores.select(1, 0) : bench.condition(state.theta, u + 1);
    json.push_back({{"update", u + 1},
                    {"plain", distribution(bench, scores.select(1, 0))},
                    {"others", other_scores(bench, scores)},
                    {"keep_if_better", distribution(bench, own.scores[static_cast<size_t>(u)])},
                    {"kept", own.kept[static_cast<size_t>(u)]}});
  }
  return json;
}

}  // namespace saltus
