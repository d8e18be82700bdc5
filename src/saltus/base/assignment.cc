#include "saltus/base/assignment.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "saltus/base/error.h"

namespace saltus {
namespace {

constexpr int32_t kFree = -1;

// Costs are negated gains. At all times cost(i, j) - row[i] - column[j] >= 0, with equality where
// row i is assigned column j.
struct Assignment {
  std::span<const float> gain;
  int32_t n;
  std::vector<float> row, column;                // potentials
  std::vector<int32_t> column_of, row_of;        // kFree while unassigned
  std::vector<float> distance;                   // to each column, from the row being placed
  std::vector<int32_t> from, remaining, closed;  // last row before a column; columns to do, done

  Assignment(std::span<const float> gain_in, int32_t n_in)
      : gain(gain_in),
        n(n_in),
        row(size()),
        column(size(), 0),
        column_of(size(), kFree),
        row_of(size(), kFree),
        distance(size()),
        from(size()),
        remaining(size()) {
    for (int32_t i = 0; i < n; ++i) {
      const float* gains = gain.data() + static_cast<size_t>(i) * size();
      const auto best = static_cast<int32_t>(std::max_element(gains, gains + n) - gains);
      row[static_cast<size_t>(i)] = -gains[best];
      if (row_of[static_cast<size_t>(best)] == kFree) assign(i, best);
    }
  }

  size_t size() const { return static_cast<size_t>(n); }
  void assign(int32_t i, int32_t j) {
    column_of[static_cast<size_t>(i)] = j;
    row_of[static_cast<size_t>(j)] = i;
  }

  // Finds the cheapest chain of reassignments that gives row `first` a column, and makes it.
  void place(int32_t first) {
    std::fill(distance.begin(), distance.end(), std::numeric_limits<float>::infinity());
    remaining.resize(size());
    std::iota(remaining.begin(), remaining.end(), 0);
    closed.clear();
    float reached = 0;
    int32_t i = first, end = kFree;
    while (end == kFree) {
      const float* gains = gain.data() + static_cast<size_t>(i) * size();
      const float base = reached - row[static_cast<size_t>(i)];
      float lowest = std::numeric_limits<float>::infinity();
      size_t nearest = remaining.size();
      for (size_t at = 0; at < remaining.size(); ++at) {
        const auto j = static_cast<size_t>(remaining[at]);
        const float along = base - gains[j] - column[j];
        if (along < distance[j]) {
          distance[j] = along;
          from[j] = i;
        }
        if (distance[j] < lowest) {
          lowest = distance[j];
          nearest = at;
        }
      }
      check(nearest < remaining.size(), "assignment: gains are finite");
      reached = lowest;
      const int32_t j = remaining[nearest];
      remaining[nearest] = remaining.back();
      remaining.pop_back();
      closed.push_back(j);
      i = row_of[static_cast<size_t>(j)];
      if (i == kFree) end = j;
    }
    row[static_cast<size_t>(first)] += reached;
    for (const int32_t j : closed) {
      const float slack = reached - distance[static_cast<size_t>(j)];
      column[static_cast<size_t>(j)] -= slack;
      if (j != end) row[static_cast<size_t>(row_of[static_cast<size_t>(j)])] += slack;
    }
    for (int32_t j = end; j != kFree;) {
      const int32_t owner = from[static_cast<size_t>(j)];
      const int32_t next = column_of[static_cast<size_t>(owner)];
      assign(owner, j);
      j = owner == first ? kFree : next;
    }
  }
};

}  // namespace

std::vector<int64_t> best_assignment(std::span<const float> gain, int64_t n) {
  check(static_cast<int64_t>(gain.size()) == n * n, "assignment: gain is [n, n]");
  Assignment assignment(gain, static_cast<int32_t>(n));
  for (int32_t i = 0; i < assignment.n; ++i) {
    if (assignment.column_of[static_cast<size_t>(i)] == kFree) assignment.place(i);
  }
  return {assignment.column_of.begin(), assignment.column_of.end()};
}

}  // namespace saltus
