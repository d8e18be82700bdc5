#include "saltus/evaluation/matching.h"

#include <cmath>
#include <numeric>
#include <utility>

#include "saltus/base/assignment.h"
#include "saltus/base/error.h"

namespace saltus {
namespace {

constexpr int kRounds = 4;  // through all groups; later ones gain next to nothing

double squared_difference(const float* a, const float* b, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; ++i) {
    const double difference = static_cast<double>(a[i]) - b[i];
    sum += difference * difference;
  }
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
      const float* b =
          (incoming ? pair.transposed_b[e].data() : pair.b.data() + edge.offset) + plane;
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

double UnitMatcher::distance(const Pair& pair, const Permutations& permutations) const {
  const float *a = pair.a.data(), *b = pair.b.data();
  double sum = squared_difference(a + graph_.global_offset, b + graph_.global_offset,
                                  static_cast<size_t>(graph_.global_features));
  for (size_t g = 0; g < graph_.groups.size(); ++g) {
    const NeuralGraph::Group& group = graph_.groups[g];
    for (int64_t u = 0; u < group.units; ++u) {
      const int64_t v = permutations[g][static_cast<size_t>(u)];
      sum += squared_difference(a + group.offset + u * group.features,
                                b + group.offset + v * group.features,
                                static_cast<size_t>(group.features));
    }
  }
  for (const NeuralGraph::Edge& edge : graph_.edges) {
    const int64_t to_units = graph_.groups[edge.to].units;
    const std::vector<int64_t>& from_place = permutations[edge.from];
    std::vector<float> row(from_place.size());
    for (int64_t i = 0; i < edge.features * to_units; ++i) {
      const int64_t plane = i / to_units * to_units;
      const int64_t v = permutations[edge.to][static_cast<size_t>(i - plane)];
      const auto width = static_cast<int64_t>(row.size());
      const float* values = b + edge.offset + (plane + v) * width;
      for (size_t w = 0; w < row.size(); ++w) row[w] = values[from_place[w]];
      sum += squared_difference(a + edge.offset + i * width, row.data(), row.size());
    }
  }
  return std::sqrt(sum);
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
  const double found = distance(pair, permutations);
  return {std::move(permutations), found};
}

UnitMatcher::Pair UnitMatcher::prepare(std::span<const float> a, std::span<const float> b) const {
  check(a.size() == graph_.gather.size() && b.size() == a.size(), "matching: P values each");
  Pair pair;
  pair.a = a;
  pair.b = b;
  for (const NeuralGraph::Group& group : graph_.groups) {
    const auto units = static_cast<size_t>(group.units),
               features = static_cast<size_t>(group.features);
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
