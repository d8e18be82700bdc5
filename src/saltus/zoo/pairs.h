// Training examples for a generator: two checkpoints of one run, start before target.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "saltus/base/random.h"
#include "saltus/zoo/zoo.h"

namespace saltus {

struct PairConfig {
  // spacing: the reference's rule (spacing uniform, then start uniform; Peebles et al. 2022).
  // flattened: targets evenly in the metric's linear and logarithmic coordinate.
  std::string rule = "flattened";
  double flatten = 0.7;     // share of targets drawn evenly in the metric; the rest uniformly
  double from_first = 0.5;  // share of pairs that start at the first checkpoint
  double late = 0;          // share of targets drawn from a run's last eighth of checkpoints
  void declare(Options& options);
};

struct Pair {
  int64_t run = 0;    // index r into the zoo
  int64_t start = 0;  // checkpoint index, start < target
  int64_t target = 0;
};

// Draws pairs from given runs. Immutable after construction; thread-safe.
class PairSampler {
 public:
  PairSampler(const Zoo& zoo, std::vector<int64_t> runs, size_t metric, const PairConfig& config);
  Pair draw(RandomStream& random) const;

 private:
  Pair started(Pair pair, RandomStream& random) const;  // with a start for its target

  PairConfig config_;
  int64_t checkpoints_;
  std::vector<int64_t> runs_;
  std::vector<double> target_cdf_;  // over (run, target >= 1), for `flattened`
};

}  // namespace saltus
