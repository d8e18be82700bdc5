// What a generator in training makes of untrained starts, measured: a critic that learned from
// checkpoints alone misjudges networks that no optimiser made.
#pragma once

#include <cstdint>

#include "saltus/generator/generator.h"
#include "saltus/training/measured_networks.h"

namespace saltus {

// `count` networks: a start drawn from `starts`, a prompt for its first metric drawn evenly from
// the generator's range (every fourth: its best), one evaluation of the generator.
MeasuredNetworks generate_networks(const Generator& generator, const MeasuredNetworks& starts,
                                   int64_t count, const MeasureFunction& measure, uint64_t seed,
                                   const Job& job);

// What one update, prompted for the generator's best, makes of the first `count` of `starts` (or as
// many as there are): the mean of the first metric. Who watches a training sees samples improve.
double best_prompt_metric(const Generator& generator, const MeasuredNetworks& starts, int64_t count,
                          const MeasureFunction& measure, uint64_t seed, const Job& job);

}  // namespace saltus
