// Sequences that ought to rise and, for noise, do not everywhere.
#pragma once

#include <cstdint>
#include <vector>

namespace saltus {

// Neighbours that are one value: their mean, and how many they are.
struct Pool {
  double mean = 0;
  int64_t count = 0;
};

// Pools neighbours until the means rise strictly: the nearest non-falling sequence, in squares
// (adjacent violators; Barlow et al. 1972).
std::vector<Pool> pool_violators(const std::vector<double>& values);

}  // namespace saltus
