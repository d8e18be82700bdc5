// How different the runs of a zoo ended, and whether those that were trained side by side ended
// closer to each other than others.
#pragma once

#include <cstdint>
#include <string>

#include "saltus/base/job.h"
#include "saltus/base/json.h"
#include "saltus/zoo/zoo.h"

namespace saltus {

// Of the last checkpoints of up to `runs` >= 2 runs, whole lots where they fit, spread evenly: each
// metric's mean and spread, and the distance ‖a - b‖ of pairs, raw and after matching hidden units
// (UnitMatcher), apart for pairs of one lot and pairs of two. A lot is `lot` consecutive run ids
// that saw the same mini-batches; 1: no run shared any. Throws Error for a zoo of fewer than two
// runs. {} when job.stopped().
Json run_diversity(const Zoo& zoo, int64_t runs, int64_t lot, const Job& job);

// As a table for people.
std::string describe_run_diversity(const Json& diversity);

}  // namespace saltus
