#include "saltus/task/cartpole_rollout.h"

#include <algorithm>
#include <cmath>

#include "saltus/base/error.h"
#include "saltus/base/random.h"

namespace saltus {
namespace {

constexpr int64_t kLot = 16;  // cart-poles that the kernels move at once

CartpoleState drawn_start(RandomStream& random) {
  const auto within = [&](float bound) { return bound * (2 * random.uniform() - 1); };
  return {within(kCartpoleStartPosition), within(kCartpoleStartVelocity),
          within(kCartpoleStartPosition), within(kCartpoleStartVelocity)};
}

}  // namespace

std::vector<CartpoleEpisode> roll_out_cartpole(std::span<const float> theta,
                                               const RolloutOptions& options, Isa isa) {
  check(theta.size() == static_cast<size_t>(kCartpoleParameters), "rollout: size of theta");
  check(options.episodes >= 1 && options.episodes <= kLot, "rollout: 1 to 16 episodes");
  const CartpoleKernels& kernels = cartpole_kernels(isa);
  CartpoleActor actor;
  pack_mlp(theta.data(), actor);
  const float deviation = std::exp(kCartpoleLogStdFactor * actor.tail[1]);
  // Twice the policy's force, so that actions have room for a nudge beside it.
  CartpolePhysics physics;
  const float own_force = physics.force;
  physics.force = 2 * own_force;

  std::vector<RandomStream> random;
  std::vector<CartpoleEpisode> episodes(static_cast<size_t>(options.episodes));
  alignas(64) float state[kCartpoleInputs * kLot] = {}, seen[kCartpoleInputs * kMlpBlock] = {};
  alignas(64) float mean[kMlpBlock], action[kLot] = {}, reward[kLot];
  alignas(64) int32_t failed[kLot];
  const auto state_of = [&](size_t e) {
    CartpoleState now;
    for (size_t k = 0; k < now.size(); ++k) now[k] = state[k * kLot + e];
    return now;
  };
  for (size_t e = 0; e < episodes.size(); ++e) {
    random.emplace_back(options.seed, "cartpole.rollout", e);
    const CartpoleState start = options.initial.empty()
                                    ? drawn_start(random[e])
                                    : options.initial[e % options.initial.size()];
    for (size_t k = 0; k < start.size(); ++k) state[k * kLot + e] = start[k];
    episodes[e].states.push_back(start);
  }
  for (int64_t t = 0; t < options.steps; ++t) {
    if (std::ranges::all_of(episodes, &CartpoleEpisode::failed)) break;
    float push = 0;
    for (const CartpoleNudge& nudge : options.nudges) push += nudge.step == t ? nudge.force : 0;
    for (int64_t k = 0; k < kCartpoleInputs; ++k) {
      for (int64_t e = 0; e < kLot; ++e) {
        seen[k * kMlpBlock + e] = std::clamp(state[k * kLot + e], -kCartpoleSight, kCartpoleSight);
      }
    }
    kernels.act(actor, seen, mean);
    for (size_t e = 0; e < episodes.size(); ++e) {
      const float chosen =
          options.deterministic ? mean[e] : mean[e] + deviation * random[e].normal();
      if (!episodes[e].failed) episodes[e].actions.push_back(chosen);
      action[e] = (std::clamp(chosen, -1.0f, 1.0f) * own_force + push) / physics.force;
    }
    kernels.step(physics, action, state, reward, failed, kLot);
    for (size_t e = 0; e < episodes.size(); ++e) {
      if (episodes[e].failed) continue;
      episodes[e].states.push_back(state_of(e));
      if (t < kCartpoleSteps) episodes[e].episode_return += reward[e];
      episodes[e].failed = failed[e] != 0;
    }
  }
  return episodes;
}

}  // namespace saltus
