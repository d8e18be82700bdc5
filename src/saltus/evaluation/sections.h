// The sections of an evaluation. Each draws its own starts, measures one claim, and returns the
// object that docs/results-schema.md describes under the same name.
#pragma once

#include <functional>
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
Json diversity(const Bench& bench);
Json start_dependence(const Bench& bench);
Json novelty(const Bench& bench, const HeldOut& held_out);
Json baselines(const Bench& bench);

// Sections of many parts, which take what `section` already holds as it is, and call `save` when
// more of it is there. `own`: gives what keep_if_better finds for config.scheme.
using Save = std::function<void()>;
void initialisers_section(const Bench& bench, const std::function<const KeepIfBetter&()>& own,
                          Json& section, const Save& save);
void samplers(const Bench& bench, Json& section, const Save& save);
// `course`: of the first optimiser (HeldOut::curve); not needed where `section` has its result.
void optimisers(const Bench& bench, const std::vector<Optimiser::Point>& course,
                const Json& one_update, Json& section, const Save& save);

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
