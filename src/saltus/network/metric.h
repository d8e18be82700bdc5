// A metric of a network, and the two coordinates in which the generator and the samplers see it.
#pragma once

#include <string>

#include "saltus/base/options.h"

namespace saltus {

struct Metric {
  std::string name;            // "return", "loss", "error"
  bool maximise = false;       // direction
  std::string measured_on;     // "validation", "test", "simulator"
  double worst = 1, best = 0;  // ends of its useful range; `best` may be unreachable
  double resolution = 0.01;    // a difference that does not matter near `best`

  // Linear position in the range: 0 at worst, 1 at best; not clamped.
  double linear(double value) const { return (value - worst) / (best - worst); }
  // Logarithmic distance from best: 0 at best, 1 at worst, clamped below at best.
  double log_gap(double value) const;
  bool better(double a, double b) const { return maximise ? a > b : a < b; }

  Json to_json() const;
  static Metric from_json(const Json& json);
};

}  // namespace saltus
