// AdamW with clipping and an exponential moving average over flat buffers: every step, clip,
// average, save and all-reduce is one call on one tensor.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "saltus/base/workers.h"

namespace saltus {

struct AdamWConfig {
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double weight_decay = 0.1;  // decoupled; only on tensors for which `decays` is true
  double clip = 0;            // global L2 norm; 0: none
  double ema = 0.9999;        // decay of the average
};

class AdamW {
 public:
  // Moves the parameters of `module` and their gradients into flat float32 buffers (they become
  // views, on the parameters' device), those that decay first; order within each part is by name,
  // as strings. Error when a parameter is not float32.
  // The average starts as a copy of the weights, the moments at zero.
  AdamW(torch::nn::Module& module, const AdamWConfig& config,
        const std::function<bool(const std::string& name)>& decays);

  // One update from `gradients` (flat, same order; changed by clipping), then the EMA.
  // Returns the gradient's norm before clipping. ema_decay < 0: the config's. The gradients are
  // left in place: zero them before the next backward pass, which adds to them. The result is the
  // same for any number of threads; each computes alone.
  double step(double learning_rate, double ema_decay = -1, Workers* threads = nullptr);

  // `gradients` = the sum of several, each by parameter, flat, in the order of names(). Added in
  // their order, whatever the number of threads.
  void sum_gradients(const std::vector<std::vector<at::Tensor>>& summands, Workers* threads);

  const std::vector<std::string>& names() const { return names_; }  // in flat order
  // A view of one tensor's part of a flat buffer. Error for an unknown name.
  at::Tensor part(const at::Tensor& flat, const std::string& name) const;

  at::Tensor weights, gradients, exp_avg, exp_avg_sq, average;  // [N] float32 each
  int64_t steps = 0;

 private:
  // Calls body for parts of the flat buffers, [begin, end), which do not depend on the number of
  // threads: all of them at once on a GPU.
  void for_slices(const std::function<void(int64_t begin, int64_t end)>& body,
                  Workers* threads) const;

  AdamWConfig config_;
  int64_t decayed_ = 0;  // the first `decayed_` elements decay
  std::vector<std::string> names_;
  std::vector<std::vector<int64_t>> shapes_;
  std::vector<int64_t> offsets_;
};

// Weights replaced by their average while this lives.
class AveragedWeights {
 public:
  explicit AveragedWeights(AdamW& optimizer) : optimizer_(optimizer) { swap(); }
  ~AveragedWeights() { swap(); }
  AveragedWeights(const AveragedWeights&) = delete;
  AveragedWeights& operator=(const AveragedWeights&) = delete;

 private:
  void swap();
  AdamW& optimizer_;
};

// The reference's choice of what decays: the weight of every linear layer, and nothing else.
std::function<bool(const std::string& name)> linear_weights(const torch::nn::Module& module);

// average = decay average + (1 - decay) weights, in place.
void update_average(const at::Tensor& average, const at::Tensor& weights, double decay);

// min(1, clip / (norm + 1e-6)); 1 when clip is 0.
double clip_factor(double norm, double clip);

// base * 0.5 (1 + cos(π x / total)), times x / warmup while x < warmup. x in the same unit.
double warmup_cosine(double base, double x, double total, double warmup);

}  // namespace saltus
