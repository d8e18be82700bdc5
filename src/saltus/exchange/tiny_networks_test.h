// Networks of 32 numbers, a function of run and step, for the tests of this layer.
#pragma once

#include <cstdint>
#include <vector>

#include "saltus/network/layout.h"

namespace saltus::testing {

inline const Layout kNet({{.name = "a.weight", .shape = {5, 3}},
                          {.name = "a.bias", .shape = {5}},
                          {.name = "b.weight", .shape = {2, 5}},
                          {.name = "b.bias", .shape = {2}}});

inline std::vector<float> network(int64_t run, int64_t step) {
  std::vector<float> theta(static_cast<size_t>(kNet.parameters()));
  for (size_t i = 0; i < theta.size(); ++i) {
    theta[i] = 0.1f * static_cast<float>(run) + 0.01f * static_cast<float>(step) +
               0.001f * static_cast<float>(i);
  }
  return theta;
}

}  // namespace saltus::testing
