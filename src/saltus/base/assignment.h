// The linear assignment problem, solved exactly.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace saltus {

// gain [n, n]. The permutation p with the largest Σ_i gain[i, p[i]]. O(n³): rows first take their
// own best column where it is free; each of the rest is placed by a shortest augmenting path over
// costs reduced by dual potentials (Jonker and Volgenant 1987; Crouse 2016).
std::vector<int64_t> best_assignment(std::span<const float> gain, int64_t n);

}  // namespace saltus
