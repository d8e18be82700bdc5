// Proximal policy optimisation (Schulman et al. 2017) of one cart-pole policy: the cheap, low-noise
// recipe of docs/method.md, whose updates are predictable from the start network.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "saltus/base/options.h"
#include "saltus/base/random.h"
#include "saltus/population/ppo_kernels.h"
#include "saltus/task/aligned.h"

namespace saltus {

struct PpoConfig {
  int64_t environments = 256;  // a multiple of 64
  int64_t steps = 16;          // of every environment, an iteration
  int64_t iterations = 100;
  int64_t epochs = 4;           // passes over an iteration's samples
  int64_t minibatches = 4;      // updates a pass; divides environments * steps / 64
  double learning_rate = 1e-3;  // cosine to 0 at the last iteration
  double critic_rate = 10;      // the critic's learning rate, as a multiple
  double discount = 0.99;       // gamma
  double trace = 0.95;          // lambda of generalised advantage estimation
  double clip = 0.2;            // of the probability ratio
  double gradient_norm = 0.2;   // clip by global norm
  bool joint_clip = false;      // one norm over actor and critic; else each its own
  double value_scale = 25;      // the critic predicts return / value_scale
  double value_coefficient = 1;
  double bounds_weight = 3, bound = 0.3;  // adds weight * mean(max(|action mean| - bound, 0)²)
  bool bootstrap = true;      // a time limit is no end: add the value of the state it cut off
  bool shuffle = true;        // blocks of 64 samples, before every pass; else in order of time
  int64_t critic_units = 16;  // of each of two hidden layers: 16 or 32

  void declare(Options& options, const std::string& prefix = "ppo");
  void validate() const;  // Error when options do not fit each other

  int64_t samples() const { return environments * steps; }  // an iteration
  // Cosine over the whole training; `pass` of `epochs` within the iteration counts.
  double learning_rate_at(int64_t iteration, int64_t pass) const;
};

// Samples of one iteration: [T][E], which is blocks of 64 when E is a multiple of 64.
struct PpoBatch {
  PpoBatch(int64_t steps, int64_t environments, int64_t padded_samples);

  int64_t steps, environments;
  AlignedVector<float> observations;  // [blocks][4][64]
  AlignedVector<float> actions, log_probabilities, values, rewards, ended, limit_values;
  AlignedVector<float> advantages, returns, weights;  // weights: 1, or 0 for padding
  AlignedVector<float> last_values;                   // [E]

  PpoSamples view() const;
  int64_t blocks() const { return static_cast<int64_t>(actions.size()) / kMlpBlock; }
};

// Fills returns [T][E] and advantages, the latter brought to mean 0 and unbiased deviation 1.
void estimate_advantages(double discount, double trace, PpoBatch& batch);

// Networks and their optimiser.
class PpoLearner {
 public:
  // actor: θ of the policy. critic: a vector in the order of ActorOffsets<critic_units>, whose
  // log_std is ignored.
  PpoLearner(const PpoConfig& config, std::span<const float> actor, std::span<const float> critic,
             Isa isa);

  struct Losses {
    double surrogate = 0, value = 0;  // means over the passes; value in units of (return / scale)²
  };
  // All passes over one batch. Minibatches are consecutive blocks of an order, shuffled by
  // `random`.
  Losses update(const PpoBatch& batch, int64_t iteration, RandomStream& random);

  const CartpoleActor& actor() const { return actor_; }
  const float* critic() const { return critic_.data(); }
  std::vector<float> theta() const;         // the policy
  std::vector<float> critic_theta() const;  // as given to the constructor
  const PpoKernels& kernels() const { return *kernels_; }

 private:
  void apply_gradients(double learning_rate);

  PpoConfig config_;
  const PpoKernels* kernels_;
  CartpoleActor actor_, actor_gradient_{}, actor_mean_{}, actor_square_{};
  AlignedVector<float> critic_, critic_gradient_, critic_mean_, critic_square_;
  int64_t updates_ = 0;
};

// One whole training. A pure function of (config, start, seed, run), whatever else runs.
class PpoRun {
 public:
  PpoRun(const PpoConfig& config, std::span<const float> start, uint64_t seed, uint64_t run,
         Isa isa);

  int64_t iteration() const { return iteration_; }  // done so far
  void iterate();
  std::vector<float> theta() const { return learner_.theta(); }
  const CartpoleActor& actor() const { return learner_.actor(); }

 private:
  PpoConfig config_;
  PpoLearner learner_;
  PpoBatch batch_;
  AlignedVector<float> state_, progress_;
  AlignedVector<uint32_t> random_;
  RandomStream shuffle_;
  int64_t iteration_ = 0;
};

}  // namespace saltus
