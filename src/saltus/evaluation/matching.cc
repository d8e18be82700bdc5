#include "saltus/evaluation/matching.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "saltus/base/error.h"
#include "saltus/evaluation/assignment.h"

namespace saltus {
namespace {

constexpr int kRounds = 4;  // through all groups; later ones gain next to nothing

double dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

double gain_of(const std::vector<float>& gain, const std::vector<int64_t>& permutation) {
  double sum = 0;
  for (size_t u = 0; u < permutation.size(); ++u) {
    sum += gain[u * permutation.size() + static_cast<size_t>(permutation[u])];
  }
  return sum;
}

}  // namespace

// ‖a - b'‖² = ‖a‖² + ‖b‖² - 2⟨a, b'⟩, and permuting keeps ‖b‖: the nearest b' has the largest
// inner product with a, a sum of terms of units and of edges.
struct UnitMatcher::Pair {
  std::span<const float> a, b;
  double norms = 0;                              // ‖a‖² + ‖b‖²
  double global = 0;                             // inner product of what no permutation moves
  std::vector<std::vector<float>> unit_gain;     // [group]: [units of a, units of b]
  std::vector<std::vector<float>> transposed_b;  // [edge]: [F, from, to]
};

UnitMatcher::UnitMatcher(const Layout& layout, const Symmetry& symmetry)
    : graph_(layout, symmetry) {}

std::vector<float> UnitMatcher::canonical(std::span<const float> theta) const {
  check(theta.size() == graph_.gather.size(), "matching: theta has P values");
  std::vector<float> out(theta.size());
  for (size_t i = 0; i < out.size(); ++i) out[i] = theta[static_cast<size_t>(graph_.gather[i])];
  return out;
}

// Adds, for every place u and unit v of b, ⟨edges of a's unit u, edges of b's unit v⟩ with the
// units at the other end permuted as they are now. The inner loops run over v, contiguously.
void UnitMatcher::add_edge_gains(const Pair& pair, size_t group, const Permutations& permutations,
                                 std::vector<float>& gain) const {
  for (size_t e = 0; e < graph_.edges.size(); ++e) {
    const NeuralGraph::Edge& edge = graph_.edges[e];
    if (edge.to != group && edge.from != group) continue;
    const bool incoming = edge.to == group;
    const size_t other = incoming ? edge.from : edge.to;
    const auto units = static_cast<size_t>(graph_.groups[group].units);
    const auto others = static_cast<size_t>(graph_.groups[other].units);
    const std::vector<int64_t>& place = permutations[other];
    for (int64_t f = 0; f < edge.features; ++f) {
      const size_t plane = static_cast<size_t>(f) * units * others;
      const float* a = pair.a.data() + edge.offset + plane;
      const float* b = (incoming ? pair.transposed_b[e].data() : pair.b.data() + edge.offset) + plane;
      for (size_t u = 0; u < units; ++u) {
        float* row = gain.data() + u * units;
        for (size_t w = 0; w < others; ++w) {
          const float weight = incoming ? a[u * others + w] : a[w * units + u];
          const float* values = b + static_cast<size_t>(place[w]) * units;
          for (size_t v = 0; v < units; ++v) row[v] += weight * values[v];
        }
      }
    }
  }
}

double UnitMatcher::inner_product(const Pair& pair, const Permutations& permutations) const {
  double sum = pair.global;
  for (size_t g = 0; g < graph_.groups.size(); ++g) {
    sum += gain_of(pair.unit_gain[g], permutations[g]);
  }
  for (const NeuralGraph::Edge& edge : graph_.edges) {
    const auto to_units = static_cast<size_t>(graph_.groups[edge.to].units);
    const auto from_units = static_cast<size_t>(graph_.groups[edge.from].units);
    for (size_t f = 0; f < static_cast<size_t>(edge.features); ++f) {
      const size_t plane = static_cast<size_t>(edge.offset) + f * to_units * from_units;
      for (size_t to = 0; to < to_units; ++to) {
        const float* a = pair.a.data() + plane + to * from_units;
        const float* b = pair.b.data() + plane +
                         static_cast<size_t>(permutations[edge.to][to]) * from_units;
        for (size_t from = 0; from < from_units; ++from) {
          sum += static_cast<double>(a[from]) * b[permutations[edge.from][from]];
        }
      }
    }
  }
  return sum;
}

UnitMatch UnitMatcher::improve(const Pair& pair, Permutations permutations) const {
  for (int round = 0; round < kRounds; ++round) {
    bool moved = false;
    // From the last layer back: the first guess places the first layer's units.
    for (size_t g = graph_.groups.size(); g-- > 0;) {
      std::vector<float> gain = pair.unit_gain[g];
      add_edge_gains(pair, g, permutations, gain);
      std::vector<int64_t> best = best_assignment(gain, graph_.groups[g].units);
      const double present = gain_of(gain, permutations[g]);
      if (gain_of(gain, best) <= present + 1e-6 * std::abs(present)) continue;  // rounding apart
      permutations[g] = std::move(best);
      moved = true;
    }
    if (!moved) break;
  }
  const double squared = pair.norms - 2 * inner_product(pair, permutations);
  return {std::move(permutations), std::sqrt(std::max(squared, 0.0))};
}

UnitMatcher::Pair UnitMatcher::prepare(std::span<const float> a, std::span<const float> b) const {
  check(a.size() == graph_.gather.size() && b.size() == a.size(), "matching: P values each");
  Pair pair;
  pair.a = a;
  pair.b = b;
  pair.norms = dot(a, a) + dot(b, b);
  const auto globals = static_cast<size_t>(graph_.global_features);
  const auto global_offset = static_cast<size_t>(graph_.global_offset);
  pair.global = dot(a.subspan(global_offset, globals), b.subspan(global_offset, globals));
  for (const NeuralGraph::Group& group : graph_.groups) {
    const auto units = static_cast<size_t>(group.units), features = static_cast<size_t>(group.features);
    std::vector<float>& gain = pair.unit_gain.emplace_back(units * units, 0.0f);
    const float* ours = a.data() + group.offset;
    const float* theirs = b.data() + group.offset;
    for (size_t u = 0; u < units; ++u) {
      for (size_t v = 0; v < units; ++v) {
        for (size_t f = 0; f < features; ++f) {
          gain[u * units + v] += ours[u * features + f] * theirs[v * features + f];
        }
      }
    }
  }
  for (const NeuralGraph::Edge& edge : graph_.edges) {
    const auto to_units = static_cast<size_t>(graph_.groups[edge.to].units);
    const auto from_units = static_cast<size_t>(graph_.groups[edge.from].units);
    const size_t plane = to_units * from_units;
    std::vector<float>& transposed =
        pair.transposed_b.emplace_back(plane * static_cast<size_t>(edge.features));
    const float* values = b.data() + edge.offset;
    for (size_t i = 0; i < transposed.size(); ++i) {
      const size_t f = i / plane, from = i % plane / to_units, to = i % to_units;
      transposed[i] = values[f * plane + to * from_units + from];
    }
  }

  return pair;
}

UnitMatcher::Permutations UnitMatcher::by_own_weights(const Pair& pair) const {
  Permutations permutations;
  for (size_t g = 0; g < graph_.groups.size(); ++g) {
    permutations.push_back(best_assignment(pair.unit_gain[g], graph_.groups[g].units));
  }
  return permutations;
}

UnitMatch UnitMatcher::match(std::span<const float> a, std::span<const float> b) const {
  const Pair pair = prepare(a, b);
  Permutations as_they_stand;
  for (const NeuralGraph::Group& group : graph_.groups) {
    as_they_stand.emplace_back(static_cast<size_t>(group.units));
    std::iota(as_they_stand.back().begin(), as_they_stand.back().end(), 0);
  }
  UnitMatch first = improve(pair, std::move(as_they_stand));
  UnitMatch second = improve(pair, by_own_weights(pair));
  return first.distance <= second.distance ? first : second;
}

double UnitMatcher::quick_distance(std::span<const float> a, std::span<const float> b) const {
  const Pair pair = prepare(a, b);
  return improve(pair, by_own_weights(pair)).distance;
}

}  // namespace saltus
