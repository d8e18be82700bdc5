// Loss and sample dispersion on runs that training never sees.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "saltus/base/workers.h"
#include "saltus/network/architecture.h"
#include "saltus/training/loss.h"

namespace saltus {

// The batches of one training: drawn from the zoo's validation runs; none where it has no such
// runs.
std::vector<Batch> validation_batches(BatchConfig config, const Zoo& zoo, const PairConfig& pairs,
                                      const Probes& probes, uint64_t seed);

struct ValidationResult {
  double loss = 0;     // total, as in training
  double weights = 0;  // its parts
  double function = 0;
  double spread = 0;
  double metric = 0;
  // Spread of samples: rms over noises of θ', divided by the rms size of the update. 0: every
  // noise gives the same network; 1: the noise decides it all.
  double dispersion = 0;
};

// The name by which LibTorch's observers see each part of a validation.
inline constexpr const char* kValidation = "saltus::validation";

// `batches` are fixed for the whole training, so that results can be compared over time; each is
// one thread's, and the result the same for any number of threads.
ValidationResult validate(const LossConfig& config, Denoiser& denoiser,
                          const Architecture& architecture,
                          const std::vector<PromptedMetric>& metrics,
                          const std::vector<Batch>& batches, const at::Tensor& alphas_cumprod,
                          uint64_t seed, Workers& threads);

}  // namespace saltus
