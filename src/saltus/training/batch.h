// One worker's part of a training step: what it learns from and every random number it needs.
#pragma once

#include <torch/types.h>

#include "saltus/base/random.h"
#include "saltus/network/probes.h"
#include "saltus/training/measured_networks.h"
#include "saltus/zoo/pairs.h"

namespace saltus {

// The first `unpaired` rows start from networks of no run: their prompt is a target's metric, but
// their target is unknown (the start stands in), and what they are noised from is the generator's
// own work: it samples as an update would, from pure noise past the timesteps `passed` to their
// own. The first `updated` of them do not start from that network itself, but from the generator's
// own update of it towards the same prompt.
struct Batch {
  at::Tensor start, target;                // [B, P] raw θ
  at::Tensor start_metric, target_metric;  // [B, M] float64; a target that is not prompted is NaN
  at::Tensor timestep;                     // [B] int64, 0..999
  at::Tensor noise;                        // [B, D]
  int64_t unpaired = 0, updated = 0;
  std::vector<int64_t> passed;  // descending; empty: their timestep is 999
  RandomStream data{0, ""};     // what a metric reader draws from
  at::Tensor probe_inputs;      // [n, I], undefined without a function loss

  Batch to(at::Device device) const;
};

struct BatchConfig {
  int64_t size = 16;                     // B
  int64_t dimension = 0;                 // D, of the denoiser's space
  std::vector<size_t> metrics = {0};     // columns of the zoo, M
  double near_noise = 0.5;               // share of timesteps drawn near t = 999
  int64_t probes = 0;                    // inputs for the function loss
  bool permute = false;                  // permute hidden units, alike in start and target
  int64_t unpaired = 0;                  // rows that start from `fresh` networks
  int64_t updated = 0;                   // of these, rows that start from an update of them
  std::vector<int64_t> sampled = {999};  // timesteps of an update, descending; they are at one
  bool mirror = false;                   // mirror half of the pairs, where the task has a mirror
};

// Everything in the batch is a function of `random`, the zoo and the config.
Batch draw_batch(const BatchConfig& config, const Zoo& zoo, const PairSampler& pairs,
                 const Probes& probes, const MeasuredNetworks& fresh, RandomStream random);

// The batch of given pairs, with given randomness: used for validation too.
Batch make_batch(const BatchConfig& config, const Zoo& zoo, const std::vector<Pair>& pairs,
                 const Probes& probes, const MeasuredNetworks& fresh, RandomStream& random);

}  // namespace saltus
