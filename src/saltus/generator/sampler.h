// Samplers: free functions from noise to x0 over a denoiser that predicts x0.
//
// All follow one contract. They visit the steps of a process from the noisiest to the last, calling
// the denoiser once a step with the ORIGINAL timestep. At the last step every method's update ends
// at zero noise, which is the x0 predicted there: so the result of a process whose last step is not
// timestep 0 (an early stop) is the prediction at that step, and one evaluation returns the
// prediction from pure noise. Noise comes from the caller by draw index, so it can be anything
// reproducible. x and noise are [B, D], any float dtype.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "saltus/base/options.h"
#include "saltus/generator/diffusion.h"

namespace saltus {

// x [B, D] noised at original timestep t -> predicted x0 [B, D].
using DenoiseFunction = std::function<at::Tensor(const at::Tensor& x, int64_t t)>;
// Noise of draw k (0 = the start, j = the j-th executed step), shaped [B, D]. Draws that a method
// does not need are not asked for.
using NoiseFunction = std::function<at::Tensor(int64_t k)>;

struct SamplerStep {
  int64_t index = 0;        // 0 = first executed
  int64_t timestep = 0;     // original
  at::Tensor x, predicted;  // after the step; predicted x0
};
using StepCallback = std::function<void(const SamplerStep&)>;

struct SamplerOptions {
  std::optional<double> clamp_low, clamp_high;  // static thresholding of the predicted x0
  StepCallback on_step;
};

// Ancestral DDPM (Ho et al. 2020) with "fixed large" variance over the steps of `process`.
at::Tensor sample_ddpm(const DiffusionProcess& process, const DenoiseFunction& denoise,
                       const NoiseFunction& noise, const SamplerOptions& options = {});
// DDIM (Song et al. 2021); eta 0 is deterministic, eta 1 as noisy as DDPM.
at::Tensor sample_ddim(const DiffusionProcess& process, const DenoiseFunction& denoise,
                       const NoiseFunction& noise, double eta, const SamplerOptions& options = {});
// DPM-Solver++(2M) (Lu et al. 2022): second order, multistep, data prediction, deterministic.
at::Tensor sample_dpm(const DiffusionProcess& process, const DenoiseFunction& denoise,
                      const NoiseFunction& noise, const SamplerOptions& options = {});

struct SamplerConfig {
  std::string method = "ddim";  // ddpm, ddim, dpm
  int64_t evaluations = 1;      // of the generator
  double eta = 0;               // ddim only
  int64_t stop_at = 0;          // early stop: last timestep visited
  bool operator==(const SamplerConfig&) const = default;
  // Options PREFIX.method and so on; the config must outlive `options`.
  void declare(Options& options, const std::string& prefix);
};

// Timesteps from steps - 1 down to config.stop_at, config.evaluations of them, evenly spaced and
// rounded; with one evaluation steps - 1 alone. Error when they cannot all differ.
std::vector<int64_t> sampling_steps(const SamplerConfig& config, int64_t steps = 1000);
// One full sampling run: x0 [B, D]. Error for an unknown method.
at::Tensor sample(const SamplerConfig& config, const DenoiseFunction& denoise,
                  const NoiseFunction& noise);

}  // namespace saltus
