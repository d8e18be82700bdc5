#include "saltus/task/cartpole.h"

namespace saltus {

AlignedVector<uint32_t> lane_random_state(RandomStream stream) {
  AlignedVector<uint32_t> state(4 * 16);
  for (uint32_t& word : state) word = stream.bits();
  for (size_t lane = 0; lane < 16; ++lane) state[lane] |= 1;  // xorshift must not start at all zero
  return state;
}

CartpoleScore play_cartpole(const CartpoleActor& actor, const RandomStream& stream,
                            int64_t episodes, bool deterministic, Isa isa) {
  AlignedVector<uint32_t> random = lane_random_state(stream);
  const CartpoleEpisodes played =
      cartpole_kernels(isa).episodes(actor, random.data(), episodes / kMlpBlock, deterministic);
  return {played.return_sum / static_cast<double>(episodes), played.steps};
}

}  // namespace saltus
