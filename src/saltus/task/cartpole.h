// Returns of cart-pole policies from honest episodes: every environment plays one full episode, to
// failure or 500 steps, and counts once.
#pragma once

#include <cstdint>

#include "saltus/base/random.h"
#include "saltus/task/aligned.h"
#include "saltus/task/cartpole_kernels.h"

namespace saltus {

struct CartpoleScore {
  double mean_return = 0;
  int64_t steps = 0;  // simulated
};

// Of `episodes` (a multiple of 64) of one policy. `stream` decides starts and actions.
CartpoleScore play_cartpole(const CartpoleActor& actor, const RandomStream& stream,
                            int64_t episodes, bool deterministic, Isa isa);

// The kernels' sixteen generators, seeded from a stream.
AlignedVector<uint32_t> lane_random_state(RandomStream stream);

}  // namespace saltus
