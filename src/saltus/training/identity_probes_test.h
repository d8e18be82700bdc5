// Probes for tests: the identity, and standard normal draws, of four inputs.
#pragma once

#include <torch/types.h>

#include "saltus/network/probes.h"

namespace saltus {

inline Probes identity_probes() {
  return {.fixed = at::eye(4),
          .transform = at::eye(4),
          .draw =
              [](int64_t n, RandomStream& random) {
                at::Tensor x = at::empty({n, 4});
                random.fill_normal({x.data_ptr<float>(), static_cast<size_t>(4 * n)});
                return x;
              },
          .squash = true};
}

}  // namespace saltus
