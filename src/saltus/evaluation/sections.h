// The sections of an evaluation. Each draws its own starts, measures one claim, and returns the
// object that docs/results-schema.md describes under the same name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "saltus/evaluation/bench.h"

namespace saltus {

struct Starts {
  at::Tensor theta;   // [K, P]
  at::Tensor metric;  // [K] measured for conditioning
};
Starts draw_starts(const Bench& bench, const std::string& scheme, int64_t count);

// Repeated updates of the same starts at the zoo's best prompt, taken only when better.
struct KeepIfBetter {
  at::Tensor start;                // [K] scores before any update
  at::Tensor plain_first;          // [K] after the first update, nothing chosen
  std::vector<at::Tensor> scores;  // [K] after each update
  std::vector<double> kept;        // share of networks that took each update
  std::vector<Json> others;        // other_scores after each update
};
KeepIfBetter keep_if_better(const Bench& bench, const std::string& scheme, Meter& meter);

// Starts and what the population's own optimiser makes of them.
struct HeldOut {
  at::Tensor start, final;              // [K, P]
  std::string source;                   // "trained" or "test split"
  std::vector<Optimiser::Point> curve;  // empty for "test split"
};
// Trains `count` fresh starts when the inputs can, else takes runs of the zoo's test split; none
// when there are no such runs either.
std::optional<HeldOut> held_out_networks(const Bench& bench, int64_t count);

Json one_update(const Bench& bench);
Json alignment(const Bench& bench);
Json recursion(const Bench& bench, const KeepIfBetter& own);
Json initialisers_section(const Bench& bench, const KeepIfBetter& own);
Json diversity(const Bench& bench);
Json samplers(const Bench& bench);
Json start_dependence(const Bench& bench);
Json novelty(const Bench& bench, const HeldOut& held_out);
Json baselines(const Bench& bench);
Json optimisers(const Bench& bench, const HeldOut& held_out, const Json& one_update);

// One row of the alignment: achieved [prompts, K].
Json alignment_row(const Bench& bench, const std::vector<double>& prompts,
                   const at::Tensor& achieved);
// Prompts of an alignment, best first for a metric to minimise.
struct PromptRange {
  std::string name;  // as configured; "range" for the usual one
  std::vector<double> prompts;
};
std::vector<PromptRange> prompt_ranges(const Bench& bench);  // one or more

// Those of config.samplers. Error that names the first which is none.
std::vector<SamplerConfig> configured_samplers(const EvaluationConfig& config);

Json zoo_summary(const Bench& bench);
Json generator_summary(const Generator& generator);
Json environment(const Bench& bench);

}  // namespace saltus
