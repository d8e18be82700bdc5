#include "saltus/population/ppo.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "saltus/base/error.h"
#include "saltus/network/initialiser.h"
#include "saltus/task/cartpole.h"

namespace saltus {

void PpoConfig::declare(Options& options, const std::string& prefix) {
  const auto key = [&](const char* name) { return prefix + "." + name; };
  options.add(key("environments"), environments,
              "cart-poles a policy is trained in (multiple of 64)", {64, 1 << 16});
  options.add(key("steps"), steps, "steps of every environment, an iteration", {1, 4096});
  options.add(key("iterations"), iterations, "iterations of a run", {1, 1e6});
  options.add(key("epochs"), epochs, "passes over an iteration's samples", {1, 100});
  options.add(key("minibatches"), minibatches, "updates a pass", {1, 1024});
  options.add(key("learning_rate"), learning_rate, "Adam's, cosine to 0", {0, 1});
  options.add(key("critic_rate"), critic_rate, "the critic's learning rate, as a multiple",
              {0, 1000});
  options.add(key("discount"), discount, "gamma", {0, 1});
  options.add(key("trace"), trace, "lambda of generalised advantage estimation", {0, 1});
  options.add(key("clip"), clip, "of the probability ratio", {0, 10});
  options.add(key("gradient_norm"), gradient_norm, "clip of the gradient's norm", {1e-9, 1e9});
  options.add(key("joint_clip"), joint_clip, "one norm over actor and critic");
  options.add(key("value_scale"), value_scale, "the critic predicts return / this", {1e-6, 1e6});
  options.add(key("value_coefficient"), value_coefficient, "of the critic's loss", {0, 1e6});
  options.add(key("bounds_weight"), bounds_weight, "of the action mean's distance beyond the bound",
              {0, 1e6});
  options.add(key("bound"), bound, "action means up to here are free", {0, 1e6});
  options.add(key("bootstrap"), bootstrap, "time limits are no ends");
  options.add(key("shuffle"), shuffle, "blocks of samples, before every pass");
  options.add(key("critic_units"), critic_units, "of each hidden layer of the critic: 16 or 32",
              {16, 32});
}

void PpoConfig::validate() const {
  if (environments % kMlpBlock != 0) {
    fail("ppo.environments: expected a multiple of {}, found {}", kMlpBlock, environments);
  }
  if (samples() / kMlpBlock % minibatches != 0) {
    fail(
        "ppo.minibatches: expected a divisor of the {} blocks of {} samples that {} environments x "
        "{} "
        "steps make, found {}",
        samples() / kMlpBlock, kMlpBlock, environments, steps, minibatches);
  }
  if (critic_units != 16 && critic_units != 32) {
    fail("ppo.critic_units: expected 16 or 32, found {}", critic_units);
  }
}

double PpoConfig::learning_rate_at(int64_t iteration, int64_t pass) const {
  const double done =
      static_cast<double>(iteration) + static_cast<double>(pass) / static_cast<double>(epochs);
  return learning_rate * 0.5 *
         (1 + std::cos(std::numbers::pi * done / static_cast<double>(iterations)));
}

PpoBatch::PpoBatch(int64_t steps_, int64_t environments_, int64_t padded_samples)
    : steps(steps_), environments(environments_) {
  const auto n = static_cast<size_t>(padded_samples);
  observations.resize(n * kMlpInputs);
  for (auto* column : {&actions, &log_probabilities, &values, &rewards, &ended, &limit_values,
                       &advantages, &returns}) {
    column->resize(n);
  }
  weights.assign(n, 1.0f);
  last_values.resize(static_cast<size_t>(environments));
}

PpoSamples PpoBatch::view() const {
  return {observations.data(), actions.data(), log_probabilities.data(),
          advantages.data(),   returns.data(), weights.data()};
}

void estimate_advantages(double discount, double trace, PpoBatch& batch) {
  const auto environments = static_cast<size_t>(batch.environments);
  const size_t samples = static_cast<size_t>(batch.steps) * environments;
  const auto gamma = static_cast<float>(discount);
  const auto decay = static_cast<float>(discount * trace);
  const float* next_value = batch.last_values.data();
  for (size_t row = samples; row > 0;) {
    row -= environments;
    const float* next_advantage =
        row + environments < samples ? &batch.advantages[row + environments] : nullptr;
    for (size_t e = 0; e < environments; ++e) {
      const size_t i = row + e;
      const float going = 1 - batch.ended[i];
      const float error = batch.rewards[i] +
                          gamma * (going * next_value[e] + batch.limit_values[i]) - batch.values[i];
      const float later = next_advantage != nullptr ? next_advantage[e] : 0.0f;
      batch.advantages[i] = error + going * decay * later;
      batch.returns[i] = batch.advantages[i] + batch.values[i];
    }
    next_value = &batch.values[row];
  }
  double sum = 0, squares = 0;
  for (size_t i = 0; i < samples; ++i) sum += batch.advantages[i];
  const double mean = sum / static_cast<double>(samples);
  for (size_t i = 0; i < samples; ++i)
    squares += (batch.advantages[i] - mean) * (batch.advantages[i] - mean);
  const double deviation = std::sqrt(squares / std::max(1.0, static_cast<double>(samples) - 1));
  const auto centre = static_cast<float>(mean);
  const auto scale = static_cast<float>(1 / (deviation + 1e-8));
  for (size_t i = 0; i < samples; ++i) batch.advantages[i] = (batch.advantages[i] - centre) * scale;
}

namespace {

// Calls body with PackedMlp<H> as the type of the critic's floats.
template <typename Floats, typename Body>
void as_packed(int64_t units, Floats* floats, Body&& body) {
  if (units == 16) {
    body(*reinterpret_cast<PackedMlp<16>*>(floats));
  } else {
    body(*reinterpret_cast<PackedMlp<32>*>(floats));
  }
}

int64_t critic_parameters(int64_t units) {
  return units == 16 ? ActorOffsets<16>::end : ActorOffsets<32>::end;
}

// Orthogonal, gain sqrt 2, the output layer 1: the actor's scheme but for the output.
std::vector<float> fresh_critic(int64_t units, RandomStream random) {
  // log_std is unused: it keeps the order of ActorOffsets.
  const Layout layout({{"log_std", {1}},
                       {"critic.0.weight", {units, kMlpInputs}},
                       {"critic.0.bias", {units}},
                       {"critic.2.weight", {units, units}},
                       {"critic.2.bias", {units}},
                       {"critic.4.weight", {1, units}},
                       {"critic.4.bias", {1}}});
  std::vector<float> theta(static_cast<size_t>(critic_parameters(units)));
  initialise(layout, "orthogonal", random, theta, 0);
  const TensorSpec& last = layout.at("critic.4.weight");
  for (int64_t i = 0; i < last.size; ++i) theta[static_cast<size_t>(last.offset + i)] *= 100;
  return theta;
}

}  // namespace

PpoLearner::PpoLearner(const PpoConfig& config, std::span<const float> actor,
                       std::span<const float> critic, Isa isa)
    : config_(config), kernels_(&ppo_kernels(isa, config.critic_units)) {
  check(static_cast<int64_t>(actor.size()) == kCartpoleParameters, "actor has 1,250 parameters");
  check(static_cast<int64_t>(critic.size()) == critic_parameters(config.critic_units),
        "critic size");
  const auto floats = static_cast<size_t>(kernels_->critic_floats);
  for (auto* part : {&critic_, &critic_gradient_, &critic_mean_, &critic_square_})
    part->resize(floats);
  pack_mlp(actor.data(), actor_);
  as_packed(config.critic_units, critic_.data(),
            [&](auto& packed) { pack_mlp(critic.data(), packed); });
}

std::vector<float> PpoLearner::theta() const {
  std::vector<float> theta(static_cast<size_t>(kCartpoleParameters));
  unpack_mlp(actor_, theta.data());
  return theta;
}

std::vector<float> PpoLearner::critic_theta() const {
  std::vector<float> theta(static_cast<size_t>(critic_parameters(config_.critic_units)));
  AlignedVector<float> copy = critic_;
  as_packed(config_.critic_units, copy.data(),
            [&](auto& packed) { unpack_mlp(packed, theta.data()); });
  return theta;
}

PpoLearner::Losses PpoLearner::update(const PpoBatch& batch, int64_t iteration,
                                      RandomStream& random) {
  const int64_t per_minibatch = batch.blocks() / config_.minibatches;
  check(per_minibatch * config_.minibatches == batch.blocks(), "minibatches divide the blocks");
  std::vector<int32_t> order(static_cast<size_t>(batch.blocks()));
  std::iota(order.begin(), order.end(), 0);
  const PpoLoss loss{static_cast<float>(config_.clip), static_cast<float>(config_.bounds_weight),
                     static_cast<float>(config_.bound), static_cast<float>(config_.value_scale),
                     static_cast<float>(config_.value_coefficient)};
  Losses losses;
  for (int64_t pass = 0; pass < config_.epochs; ++pass) {
    for (size_t i = order.size(); config_.shuffle && i > 1; --i) {
      std::swap(order[i - 1], order[random.below(i)]);
    }
    for (int64_t m = 0; m < config_.minibatches; ++m) {
      const int32_t* blocks = order.data() + m * per_minibatch;
      double samples = 0;
      for (int64_t b = 0; b < per_minibatch; ++b) {
        const float* weights = batch.weights.data() + int64_t{blocks[b]} * kMlpBlock;
        samples += std::accumulate(weights, weights + kMlpBlock, 0.0);
      }
      const PpoLossSums sums = kernels_->gradient(actor_, critic_.data(), batch.view(), blocks,
                                                  per_minibatch, static_cast<float>(1 / samples),
                                                  loss, actor_gradient_, critic_gradient_.data());
      apply_gradients(config_.learning_rate_at(iteration, pass));
      const double share =
          1 / (samples * static_cast<double>(config_.epochs * config_.minibatches));
      losses.surrogate += sums.surrogate * share;
      losses.value += sums.value * share;
    }
  }
  return losses;
}

void PpoLearner::apply_gradients(double learning_rate) {
  const double actor_squares =
      kernels_->sum_of_squares(actor_gradient_.data(), CartpoleActor::kFloats);
  const double critic_squares =
      kernels_->sum_of_squares(critic_gradient_.data(), kernels_->critic_floats);
  const auto scale = [&](double squares) {
    return static_cast<float>(std::min(1.0, config_.gradient_norm / (std::sqrt(squares) + 1e-6)));
  };
  const bool joint = config_.joint_clip;
  const auto rate = static_cast<float>(learning_rate);
  ++updates_;
  kernels_->adam(actor_.data(), actor_gradient_.data(), actor_mean_.data(), actor_square_.data(),
                 CartpoleActor::kFloats, rate,
                 scale(joint ? actor_squares + critic_squares : actor_squares), updates_);
  kernels_->adam(critic_.data(), critic_gradient_.data(), critic_mean_.data(),
                 critic_square_.data(), kernels_->critic_floats,
                 rate * static_cast<float>(config_.critic_rate),
                 scale(joint ? actor_squares + critic_squares : critic_squares), updates_);
}

PpoRun::PpoRun(const PpoConfig& config, std::span<const float> start, uint64_t seed, uint64_t run,
               Isa isa)
    : config_(config),
      learner_(config, start,
               fresh_critic(config.critic_units, RandomStream(seed, "ppo.critic", run)), isa),
      batch_(config.steps, config.environments, config.samples()),
      state_(static_cast<size_t>(kCartpoleInputs * config.environments)),
      progress_(static_cast<size_t>(config.environments)),
      random_(lane_random_state(RandomStream(seed, "ppo.rollout", run))),
      shuffle_(seed, "ppo.shuffle", run) {
  RandomStream starts(seed, "ppo.start", run);
  for (size_t i = 0; i < state_.size(); ++i) {
    const bool velocity = i / static_cast<size_t>(config.environments) % 2 == 1;
    const float range = velocity ? kCartpoleStartVelocity : kCartpoleStartPosition;
    state_[i] = range * (2 * starts.uniform() - 1);
  }
}

void PpoRun::iterate() {
  PpoRollout rollout;
  rollout.environments = config_.environments;
  rollout.steps = config_.steps;
  rollout.state = state_.data();
  rollout.progress = progress_.data();
  rollout.random = random_.data();
  rollout.observations = batch_.observations.data();
  rollout.actions = batch_.actions.data();
  rollout.log_probabilities = batch_.log_probabilities.data();
  rollout.values = batch_.values.data();
  rollout.rewards = batch_.rewards.data();
  rollout.ended = batch_.ended.data();
  rollout.limit_values = batch_.limit_values.data();
  rollout.last_values = batch_.last_values.data();
  learner_.kernels().collect(learner_.actor(), learner_.critic(),
                             static_cast<float>(config_.value_scale), config_.bootstrap, rollout);
  estimate_advantages(config_.discount, config_.trace, batch_);
  learner_.update(batch_, iteration_, shuffle_);
  ++iteration_;
}

}  // namespace saltus
