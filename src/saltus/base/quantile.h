// Quantiles of a sample that is sorted already.
#pragma once

#include <algorithm>
#include <vector>

namespace saltus {

// Linear between the two neighbouring order statistics. `sorted` ascends and is not empty; `level`
// is from 0 to 1.
template <typename Number>
double sorted_quantile(const std::vector<Number>& sorted, double level) {
  const double place = level * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace saltus
