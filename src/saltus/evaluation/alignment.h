// The reference's way to score how a generator follows its prompts, in its own conventions, so that
// scores compare with published ones.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace saltus {

// 1 - Σ(desired - observed)² / (Σ(desired - mean desired)² + 1e-8) over the prompts of one start
// network. Not clipped: far below 0 when the prompts are constant. Error unless both have the same
// length, at least 1.
double alignment_r2(std::span<const double> desired, std::span<const double> observed);

// The mean of alignment_r2 over start networks; row-major, `starts` rows of equal length.
double alignment_score(std::span<const double> desired, std::span<const double> observed,
                       int64_t starts);

// `count` prompts evenly spaced between the best one and base * start_coefficient, ascending in
// quality for metrics to maximise (the base first), descending otherwise (the best first).
std::vector<double> even_prompts(double best, double base, double start_coefficient, bool maximise,
                                 int64_t count);

// `count` values of a run that are closest to evenly spaced ones between its first and its best
// value; the earliest of equally close ones.
std::vector<double> spread_values(std::span<const double> run, bool maximise, int64_t count);

}  // namespace saltus
