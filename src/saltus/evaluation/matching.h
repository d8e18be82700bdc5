// Two networks compared as sets of hidden units: the permutation of one network's units that
// brings it closest to another, for any layout with a symmetry.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "saltus/generator/neural_graph.h"

namespace saltus {

struct UnitMatch {
  // permutations[g][u]: the unit of `b` that takes place u of group g (Symmetry::gather_index).
  std::vector<std::vector<int64_t>> permutations;
  double distance = 0;  // ‖a - permuted b‖ over all P parameters
};

// Finds matches by exact assignments of one unit group at a time, the others held fixed, until no
// group improves; from two initial guesses (units as they stand; units placed by their own weights
// and biases), the better result. Each step is optimal, the whole a local optimum.
class UnitMatcher {
 public:
  UnitMatcher(const Layout& layout, const Symmetry& symmetry);

  // Parameters in the order in which `match` reads them; theta [P].
  std::vector<float> canonical(std::span<const float> theta) const;
  // a, b [P] in canonical order: networks, or updates of networks. Thread-safe.
  UnitMatch match(std::span<const float> a, std::span<const float> b) const;
  // The distance from the second guess alone, in half the time: never below match's.
  double quick_distance(std::span<const float> a, std::span<const float> b) const;

 private:
  using Permutations = std::vector<std::vector<int64_t>>;
  struct Pair;  // a, b and what does not change while permutations do

  Pair prepare(std::span<const float> a, std::span<const float> b) const;
  Permutations by_own_weights(const Pair& pair) const;
  void add_edge_gains(const Pair& pair, size_t group, const Permutations& permutations,
                      std::vector<float>& gain) const;
  UnitMatch improve(const Pair& pair, Permutations permutations) const;
  double distance(const Pair& pair, const Permutations& permutations) const;

  NeuralGraph graph_;
};

}  // namespace saltus
