// Corrects prompts for a generator's bias: asks for what leads to what is wanted.
#pragma once

#include <vector>

#include "saltus/evaluation/bench.h"

namespace saltus {

// A monotone curve from prompt to the mean metric reached, fitted on the first checkpoints of
// training runs with the conditioning data: nothing that scores takes part. What is reached is
// forced to be monotone (base/monotone.h).
class Recalibration {
 public:
  explicit Recalibration(const Bench& bench);
  // The prompt, within the generator's range, that leads to `wanted`; linear between fitted points.
  double operator()(double wanted) const;

  Json to_json() const;  // {"prompts", "reached"}

 private:
  std::vector<double> prompts_, reached_;  // ascending
};

}  // namespace saltus
