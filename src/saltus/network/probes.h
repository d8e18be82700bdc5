// Inputs on which networks are compared as functions: for token features (fixed probes), for the
// function loss (fresh draws) and for the critic.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>

#include "saltus/base/random.h"

namespace saltus {

struct Probes {
  at::Tensor fixed;  // [F, I] inputs at which hidden units' responses are token features
  at::Tensor
      transform;  // [F, F] features = transform @ responses (central differences for cart-pole)
  // n fresh inputs [n, I], from the distribution on which functions should agree.
  std::function<at::Tensor(int64_t n, RandomStream& random)> draw;
  bool squash = false;  // outputs act through a bounded range: compare tanh(output)
  bool logits = false;  // outputs are class logits: compare the classes' shares
  // Signs [P], or undefined: θ * mirror is the mirror image of θ and has the same metric.
  // Cart-pole: left and right exchanged.
  at::Tensor mirror;
};

}  // namespace saltus
