// Ways to draw the parameters of a network nobody has trained. One table: name -> function.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "saltus/base/random.h"
#include "saltus/network/layout.h"

namespace saltus {

struct InitialiserInfo {
  std::string name;         // as in init:scheme=NAME
  std::string description;  // with the distribution
};

// orthogonal (gain sqrt 2, output layer 0.01; biases as pytorch), pytorch (U(±1/sqrt fan_in)),
// normal0.1, normal0.2 (weights N(0, σ)), xavier (uniform), kaiming (N(0, 2/fan_in)),
// loguniform (per-layer scale drawn log-uniform, normal or uniform family).
// Also normal:SIGMA, as in normal:0.07, which the list below does not name.
// In all, biases are U(±1/sqrt fan_in) and log_std tensors are `log_std`.
const std::vector<InitialiserInfo>& initialisers();

// Fills theta (P floats of `layout`). Error with the nearest name for an unknown scheme.
void initialise(const Layout& layout, const std::string& scheme, RandomStream& random,
                std::span<float> theta, float log_std);

}  // namespace saltus
