#include "saltus/evaluation/alignment.h"

#include <algorithm>
#include <cmath>

#include "saltus/base/error.h"
#include "saltus/evaluation/statistics.h"

namespace saltus {
namespace {

// `count` numbers from `first` to `last`, both included; one number is `first`.
std::vector<double> evenly_spaced(double first, double last, int64_t count) {
  std::vector<double> out;
  const double intervals = static_cast<double>(std::max<int64_t>(count - 1, 1));
  for (int64_t i = 0; i < count; ++i)
    out.push_back(first + (last - first) * static_cast<double>(i) / intervals);
  return out;
}

}  // namespace

double alignment_r2(std::span<const double> desired, std::span<const double> observed) {
  if (desired.empty() || desired.size() != observed.size())
    fail("alignment: expected an observation for each of {} prompts (at least 1), found {}",
         desired.size(), observed.size());
  const double center = mean(desired);
  double error = 0, variation = 0;
  for (size_t i = 0; i < desired.size(); ++i) {
    error += (desired[i] - observed[i]) * (desired[i] - observed[i]);
    variation += (desired[i] - center) * (desired[i] - center);
  }
  return 1 - error / (variation + 1e-8);
}

double alignment_score(std::span<const double> desired, std::span<const double> observed,
                       int64_t starts) {
  const auto rows = static_cast<size_t>(starts);
  if (starts < 1 || desired.size() % rows != 0 || desired.size() != observed.size())
    fail("alignment: expected {} rows of equal length, found {} prompts and {} observations",
         starts, desired.size(), observed.size());
  const size_t length = desired.size() / rows;
  double sum = 0;
  for (size_t row = 0; row < rows; ++row)
    sum +=
        alignment_r2(desired.subspan(row * length, length), observed.subspan(row * length, length));
  return sum / static_cast<double>(starts);
}

std::vector<double> even_prompts(double best, double base, double start_coefficient, bool maximise,
                                 int64_t count) {
  std::vector<double> prompts = evenly_spaced(best, base * start_coefficient, count);
  if (maximise) std::ranges::reverse(prompts);
  return prompts;
}

std::vector<double> spread_values(std::span<const double> run, bool maximise, int64_t count) {
  if (run.empty()) fail("alignment: cannot pick values from an empty run");
  const auto [low, high] = std::ranges::minmax(run);
  std::vector<double> picked;
  for (const double wanted : evenly_spaced(run.front(), maximise ? high : low, count))
    picked.push_back(
        *std::ranges::min_element(run, {}, [&](double value) { return std::abs(value - wanted); }));
  return picked;
}

}  // namespace saltus
