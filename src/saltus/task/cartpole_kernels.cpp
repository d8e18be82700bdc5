// Compiled once for each instruction set (saltus_kernels in CMakeLists.txt): nothing but kernels.
#include "saltus/task/cartpole_kernels.h"

#include "saltus/task/cartpole_lanes.h"
#include "saltus/task/mlp_lanes.h"

namespace saltus::SALTUS_ISA {

namespace {

constexpr CartpolePhysics kPhysics;

void step(const CartpolePhysics& physics, const float* action, float* state, float* reward,
          int32_t* failed, int64_t n) {
  for (int64_t i = 0; i < n; i += kLanes) {
    CartpoleLanes lanes = CartpoleLanes::load_from(state + i, n);
    lanes.advance(physics, load(action + i));
    const Ints dead = lanes.failed();
    lanes.store_to(state + i, n);
    store(reward + i, lanes.reward(dead));
    const uint32_t bits = mask_bits(dead);
    for (int l = 0; l < kLanes; ++l) failed[i + l] = static_cast<int32_t>(bits >> l & 1);
  }
}

void act(const CartpoleActor& actor, const float* observations, float* mean) {
  MlpActivations<kCartpoleHidden> activations;
  mlp_forward(actor, observations, kMlpBlock, activations, mean);
}

// Up to 64 episodes being played. The open ones are kept together at the front, so that a policy
// whose episodes end early costs no more than their steps.
struct OpenEpisodes {
  alignas(64) float state[kCartpoleInputs * kMlpBlock];
  alignas(64) float so_far[kMlpBlock];  // return of each
  alignas(64) int32_t open[kMlpBlock];  // -1 or 0
  int count;

  // Moves the open episodes to the front; the returns of the others are added to `closed`.
  void compact(double& closed) {
    int kept = 0;
    for (int i = 0; i < count; ++i) {
      if (open[i] == 0) {
        closed += so_far[i];
        continue;
      }
      for (int k = 0; k < kCartpoleInputs; ++k)
        state[k * kMlpBlock + kept] = state[k * kMlpBlock + i];
      so_far[kept] = so_far[i];
      open[kept++] = -1;
    }
    count = kept;
    for (int i = kept; i < kMlpBlock; ++i) {  // harmless values in the rest of the last lanes
      for (int k = 0; k < kCartpoleInputs; ++k) state[k * kMlpBlock + i] = 0;
      so_far[i] = 0;
      open[i] = 0;
    }
  }
};

CartpoleEpisodes episodes(const CartpoleActor& actor, uint32_t* random_state, int64_t blocks,
                          bool deterministic) {
  LaneRandom random(random_state);
  const Floats deviation =
      deterministic ? all(0.0f) : exp(all(kCartpoleLogStdFactor * actor.tail[1]));
  MlpActivations<kCartpoleHidden> activations;
  alignas(64) float observations[kCartpoleInputs * kMlpBlock];
  alignas(64) float action[kMlpBlock];
  OpenEpisodes e;
  CartpoleEpisodes result;
  for (int64_t b = 0; b < blocks; ++b) {
    e.count = kMlpBlock;
    for (int i = 0; i < kMlpBlock; i += kLanes) {
      CartpoleLanes::fresh(random).store_to(e.state + i, kMlpBlock);
    }
    for (int i = 0; i < kMlpBlock; ++i) {
      e.so_far[i] = 0;
      e.open[i] = -1;
    }
    for (int t = 0; t < kCartpoleSteps && e.count > 0; ++t) {
      const int samples = (e.count + kLanes - 1) / kLanes * kLanes;
      for (int i = 0; i < samples; i += kLanes) {
        CartpoleLanes::load_from(e.state + i, kMlpBlock).observe(observations + i, kMlpBlock);
      }
      mlp_forward(actor, observations, samples, activations, action);
      int still_open = 0;
      for (int i = 0; i < samples; i += kLanes) {
        Floats move = load(action + i);
        if (!deterministic) {
          Floats noise, unused;
          random.normals(noise, unused);
          move = move + deviation * noise;
        }
        CartpoleLanes lanes = CartpoleLanes::load_from(e.state + i, kMlpBlock);
        lanes.advance(kPhysics, move);
        const Ints dead = lanes.failed();
        lanes.store_to(e.state + i, kMlpBlock);
        const Ints open = load(e.open + i);
        store(e.so_far + i, load(e.so_far + i) + select(open, lanes.reward(dead), all(0.0f)));
        const Ints remain = open & (dead ^ all(-1));
        store(e.open + i, remain);
        result.steps += __builtin_popcount(mask_bits(open));
        still_open += __builtin_popcount(mask_bits(remain));
      }
      if ((still_open + kLanes - 1) / kLanes * kLanes < samples) e.compact(result.return_sum);
    }
    for (int i = 0; i < e.count; ++i) result.return_sum += e.so_far[i];
  }
  random.save(random_state);
  return result;
}

void math(int function, const float* x, float* y, int64_t n) {
  for (int64_t i = 0; i < n; i += kLanes) {
    const Floats v = load(x + i);
    switch (function) {
      case 0:
        store(y + i, exp(v));
        break;
      case 1:
        store(y + i, log(v));
        break;
      case 2:
        store(y + i, selu(v));
        break;
      case 3:
        store(y + i, sin(v));
        break;
      case 4:
        store(y + i, cos(v));
        break;
      default:
        store(y + i, square_root(v));
        break;
    }
  }
}

}  // namespace

extern const CartpoleKernels kCartpoleKernels;
const CartpoleKernels kCartpoleKernels = {step, act, episodes, math};

}  // namespace saltus::SALTUS_ISA
