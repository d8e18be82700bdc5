// Compiled once for each instruction set (saltus_kernels in task/CMakeLists.txt): nothing but
// kernels.
#include "saltus/population/ppo_kernels.h"

#include "saltus/task/cartpole_lanes.h"
#include "saltus/task/mlp_lanes.h"

namespace saltus::SALTUS_ISA {

namespace {

constexpr CartpolePhysics kPhysics;

template <int H>
const PackedMlp<H>& as_critic(const float* floats) {
  return *reinterpret_cast<const PackedMlp<H>*>(floats);
}

template <int H>
void transpose_weight2(const PackedMlp<H>& net, float* out_in) {
  for (int o = 0; o < H; ++o) {
    for (int i = 0; i < H; ++i) out_in[o * H + i] = net.weight2[i * H + o];
  }
}

// Critic values [64] of a block, in units of the return.
template <int H>
void critic_values(const PackedMlp<H>& critic, const float* observations, float value_scale,
                   MlpActivations<H>& activations, float* values) {
  mlp_forward(critic, observations, kMlpBlock, activations, values);
  for (int i = 0; i < kMlpBlock; i += kLanes)
    store(values + i, load(values + i) * all(value_scale));
}

void observe_block(const PpoRollout& r, int64_t first, float* observations) {
  for (int i = 0; i < kMlpBlock; i += kLanes) {
    CartpoleLanes::load_from(r.state + first + i, r.environments)
        .observe(observations + i, kMlpBlock);
  }
}

struct ActorStep {
  LaneRandom& random;
  Floats deviation, log_deviation;
};

// Acts in the 64 environments from `first` at sample `at`: writes actions, log-probabilities,
// rewards and ends, advances the states. Returns whether a time limit was reached in any.
bool act_in_block(const PpoRollout& r, int64_t first, int64_t at, const float* means,
                  ActorStep& actor, int32_t* at_limit, int32_t* ended) {
  uint32_t limits = 0;
  for (int i = 0; i < kMlpBlock; i += 2 * kLanes) {
    Floats noise[2];
    actor.random.normals(noise[0], noise[1]);
    for (int half = 0; half < 2; ++half) {
      const int l = i + half * kLanes;
      const Floats action = load(means + l) + actor.deviation * noise[half];
      store(r.actions + at + l, action);
      store(r.log_probabilities + at + l,
            all(-0.5f) * noise[half] * noise[half] - actor.log_deviation);
      CartpoleLanes lanes = CartpoleLanes::load_from(r.state + first + l, r.environments);
      lanes.advance(kPhysics, action);
      const Ints dead = lanes.failed();
      lanes.store_to(r.state + first + l, r.environments);
      store(r.rewards + at + l, lanes.reward(dead));
      const Floats progress = load(r.progress + first + l) + all(1.0f);
      store(r.progress + first + l, progress);
      const Ints limit = (progress >= all(static_cast<float>(kCartpoleSteps))) & (dead ^ all(-1));
      const Ints end = dead | limit;
      store(at_limit + l, limit);
      store(ended + l, end);
      store(r.ended + at + l, select(end, all(1.0f), all(0.0f)));
      limits |= mask_bits(limit);
    }
  }
  return limits != 0;
}

void restart_ended(const PpoRollout& r, int64_t first, const int32_t* ended, LaneRandom& random) {
  for (int i = 0; i < kMlpBlock; i += kLanes) {
    const Ints end = load(ended + i);
    if (mask_bits(end) == 0) continue;
    CartpoleLanes lanes = CartpoleLanes::load_from(r.state + first + i, r.environments);
    lanes.replace(end, CartpoleLanes::fresh(random));
    lanes.store_to(r.state + first + i, r.environments);
    store(r.progress + first + i, select(end, all(0.0f), load(r.progress + first + i)));
  }
}

template <int H>
void collect(const CartpoleActor& actor, const float* critic_floats, float value_scale,
             bool bootstrap, const PpoRollout& r) {
  const PackedMlp<H>& critic = as_critic<H>(critic_floats);
  MlpActivations<kCartpoleHidden> actor_activations;
  MlpActivations<H> critic_activations;
  alignas(64) float means[kMlpBlock];
  alignas(64) float after[kCartpoleInputs * kMlpBlock];
  alignas(64) float after_values[kMlpBlock];
  alignas(64) int32_t at_limit[kMlpBlock];
  alignas(64) int32_t ended[kMlpBlock];
  LaneRandom random(r.random);
  const Floats log_deviation = all(kCartpoleLogStdFactor * actor.tail[1]);
  ActorStep actor_step{random, exp(log_deviation), log_deviation};

  for (int64_t t = 0; t < r.steps; ++t) {
    for (int64_t first = 0; first < r.environments; first += kMlpBlock) {
      const int64_t at = t * r.environments + first;
      float* observations = r.observations + at * kCartpoleInputs;
      observe_block(r, first, observations);
      critic_values(critic, observations, value_scale, critic_activations, r.values + at);
      mlp_forward(actor, observations, kMlpBlock, actor_activations, means);
      const bool any_limit = act_in_block(r, first, at, means, actor_step, at_limit, ended);
      for (int i = 0; i < kMlpBlock; i += kLanes) store(r.limit_values + at + i, all(0.0f));
      if (any_limit && bootstrap) {
        observe_block(r, first, after);
        critic_values(critic, after, value_scale, critic_activations, after_values);
        for (int i = 0; i < kMlpBlock; i += kLanes) {
          store(r.limit_values + at + i,
                select(load(at_limit + i), load(after_values + i), all(0.0f)));
        }
      }
      restart_ended(r, first, ended, random);
    }
  }
  for (int64_t first = 0; first < r.environments; first += kMlpBlock) {
    observe_block(r, first, after);
    critic_values(critic, after, value_scale, critic_activations, r.last_values + first);
  }
  random.save(r.random);
}

// Slopes of the actor's loss by its output, and of log_std, for one block.
struct ActorLoss {
  Floats log_deviation, precision, share;  // precision: 1 / deviation²
  PpoLoss loss;

  SALTUS_INLINE void block(const PpoSamples& samples, int64_t at, const float* means, float* slopes,
                           Floats& log_std_slope, Floats& surrogate) const {
#pragma GCC unroll 4
    for (int i = 0; i < kMlpBlock; i += kLanes) {
      const Floats mean = load(means + i);
      const Floats weight = load(samples.weights + at + i);
      const Floats off = load(samples.actions + at + i) - mean;
      const Floats squared = off * off * precision;
      const Floats log_probability = all(-0.5f) * squared - log_deviation;
      const Floats ratio =
          exp(min(log_probability - load(samples.log_probabilities + at + i), all(20.0f)));
      const Floats advantage = load(samples.advantages + at + i);
      const Floats plain = (all(0.0f) - advantage) * ratio;
      const Floats clipped =
          (all(0.0f) - advantage) * clamp(ratio, 1.0f - loss.clip, 1.0f + loss.clip);
      surrogate = surrogate + max(plain, clipped) * weight;
      // By log-probability: the clipped branch has no slope.
      const Floats slope = select(plain >= clipped, plain, all(0.0f)) * share * weight;
      log_std_slope = log_std_slope + slope * (squared - all(1.0f));
      const Floats beyond = mean - clamp(mean, -loss.bound, loss.bound);
      store(slopes + i,
            slope * off * precision + beyond * all(2.0f * loss.bounds_weight) * share * weight);
    }
  }
};

template <int H>
PpoLossSums gradient(const CartpoleActor& actor, const float* critic_floats,
                     const PpoSamples& samples, const int32_t* blocks, int64_t count,
                     float sample_share, const PpoLoss& loss, CartpoleActor& actor_gradient,
                     float* critic_gradient_floats) {
  const PackedMlp<H>& critic = as_critic<H>(critic_floats);
  PackedMlp<H>& critic_gradient = *reinterpret_cast<PackedMlp<H>*>(critic_gradient_floats);
  for (int64_t i = 0; i < CartpoleActor::kFloats; ++i) actor_gradient.data()[i] = 0;
  for (int64_t i = 0; i < PackedMlp<H>::kFloats; ++i) critic_gradient.data()[i] = 0;
  alignas(64) float actor_weight2[kCartpoleHidden * kCartpoleHidden];
  alignas(64) float critic_weight2[H * H];
  transpose_weight2(actor, actor_weight2);
  transpose_weight2(critic, critic_weight2);
  MlpActivations<kCartpoleHidden> actor_activations;
  MlpActivations<H> critic_activations;
  alignas(64) float outputs[kMlpBlock];
  alignas(64) float slopes[kMlpBlock];

  const Floats log_deviation = all(kCartpoleLogStdFactor * actor.tail[1]);
  const ActorLoss actor_loss{log_deviation, exp(all(-2.0f) * log_deviation), all(sample_share),
                             loss};
  Floats log_std_slope = all(0.0f), surrogate = all(0.0f), squared_error = all(0.0f);
  for (int64_t b = 0; b < count; ++b) {
    const int64_t at = int64_t{blocks[b]} * kMlpBlock;
    const float* observations = samples.observations + at * kCartpoleInputs;
    mlp_forward(actor, observations, kMlpBlock, actor_activations, outputs);
    actor_loss.block(samples, at, outputs, slopes, log_std_slope, surrogate);
    mlp_backward(actor, actor_weight2, observations, slopes, actor_activations, actor_gradient);

    mlp_forward(critic, observations, kMlpBlock, critic_activations, outputs);
    for (int i = 0; i < kMlpBlock; i += kLanes) {
      const Floats weight = load(samples.weights + at + i);
      const Floats error =
          load(outputs + i) - load(samples.returns + at + i) * all(1.0f / loss.value_scale);
      squared_error = squared_error + error * error * weight;
      store(slopes + i, error * all(2.0f * loss.value_coefficient * sample_share) * weight);
    }
    mlp_backward(critic, critic_weight2, observations, slopes, critic_activations, critic_gradient);
  }
  actor_gradient.tail[1] = kCartpoleLogStdFactor * sum(log_std_slope);
  return {sum(surrogate), sum(squared_error)};
}

float sum_of_squares(const float* x, int64_t n) {
  Floats total = all(0.0f);
  for (int64_t i = 0; i < n; i += kLanes) total = total + load(x + i) * load(x + i);
  return sum(total);
}

float power(float base, int64_t exponent) {
  double result = 1;
  for (double square = base; exponent > 0; exponent /= 2, square *= square) {
    if (exponent % 2 == 1) result *= square;
  }
  return static_cast<float>(result);
}

void adam(float* weights, const float* gradient, float* mean, float* square, int64_t n,
          float learning_rate, float gradient_scale, int64_t step_number) {
  constexpr float kBeta1 = 0.9f, kBeta2 = 0.999f;
  const Floats rate = all(learning_rate / (1.0f - power(kBeta1, step_number)));
  const Floats correction = all(1.0f / (1.0f - power(kBeta2, step_number)));
  for (int64_t i = 0; i < n; i += kLanes) {
    const Floats g = load(gradient + i) * all(gradient_scale);
    const Floats m = all(kBeta1) * load(mean + i) + all(1.0f - kBeta1) * g;
    const Floats v = all(kBeta2) * load(square + i) + all(1.0f - kBeta2) * g * g;
    store(mean + i, m);
    store(square + i, v);
    store(weights + i, load(weights + i) - rate * m / (square_root(v * correction) + all(1e-8f)));
  }
}

template <int H>
constexpr PpoKernels table() {
  return {H, PackedMlp<H>::kFloats, collect<H>, gradient<H>, sum_of_squares, adam};
}

}  // namespace

extern const PpoKernels kPpoKernels16, kPpoKernels32;
const PpoKernels kPpoKernels16 = table<16>();
const PpoKernels kPpoKernels32 = table<32>();

}  // namespace saltus::SALTUS_ISA
