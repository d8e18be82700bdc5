#include "saltus/generator/sampler.h"

#include <algorithm>
#include <cmath>

#include "saltus/base/error.h"

namespace saltus {
namespace {

// Predicted x0 at the i-th step of a process, clamped when asked.
at::Tensor predict(const DiffusionProcess& process, size_t i, const DenoiseFunction& denoise,
                   const at::Tensor& x, const SamplerOptions& options) {
  const at::Tensor x0 = denoise(x, process.timestep_map[i]);
  if (!options.clamp_low && !options.clamp_high) return x0;
  return at::clamp(x0, options.clamp_low, options.clamp_high);
}

void report(const DiffusionProcess& process, size_t i, const at::Tensor& x, const at::Tensor& x0,
            const SamplerOptions& options) {
  if (!options.on_step) return;
  options.on_step({.index = process.size() - 1 - static_cast<int64_t>(i),
                   .timestep = process.timestep_map[i],
                   .x = x,
                   .predicted = x0});
}

}  // namespace

at::Tensor sample_ddpm(const DiffusionProcess& process, const DenoiseFunction& denoise,
                       const NoiseFunction& noise, const SamplerOptions& options) {
  const size_t n = process.timestep_map.size();
  at::Tensor x = noise(0);
  for (size_t i = n; i-- > 0;) {
    const at::Tensor x0 = predict(process, i, denoise, x, options);
    x = process.posterior_mean_coef1[i] * x0 + process.posterior_mean_coef2[i] * x;
    if (i > 0) x = x + std::sqrt(process.sampling_variance[i]) * noise(static_cast<int64_t>(n - i));
    report(process, i, x, x0, options);
  }
  return x;
}

at::Tensor sample_ddim(const DiffusionProcess& process, const DenoiseFunction& denoise,
                       const NoiseFunction& noise, double eta, const SamplerOptions& options) {
  const size_t n = process.timestep_map.size();
  at::Tensor x = noise(0);
  for (size_t i = n; i-- > 0;) {
    const double bar = process.alphas_cumprod[i], previous = process.alphas_cumprod_prev[i];
    const double sigma =
        eta * std::sqrt((1 - previous) / (1 - bar)) * std::sqrt(1 - bar / previous);
    const double along = std::sqrt(std::max(1 - previous - sigma * sigma, 0.0));
    const at::Tensor x0 = predict(process, i, denoise, x, options);
    const at::Tensor epsilon =
        (process.sqrt_recip_alphas_cumprod[i] * x - x0) / process.sqrt_recipm1_alphas_cumprod[i];
    x = std::sqrt(previous) * x0 + along * epsilon;
    if (i > 0 && sigma > 0) x = x + sigma * noise(static_cast<int64_t>(n - i));
    report(process, i, x, x0, options);
  }
  return x;
}

at::Tensor sample_dpm(const DiffusionProcess& process, const DenoiseFunction& denoise,
                      const NoiseFunction& noise, const SamplerOptions& options) {
  const size_t n = process.timestep_map.size();
  const auto half_log_snr = [](double bar) { return 0.5 * std::log(bar / (1 - bar)); };
  at::Tensor x = noise(0), older;  // older: x0 predicted one step before
  double older_width = 0;          // of the step before, in half-log-SNR
  for (size_t i = n; i-- > 0;) {
    const double bar = process.alphas_cumprod[i], previous = process.alphas_cumprod_prev[i];
    const at::Tensor x0 = predict(process, i, denoise, x, options);
    if (i == 0) {
      x = x0;  // the step to zero noise, infinitely wide, is first order
    } else {
      const double width = half_log_snr(previous) - half_log_snr(bar);
      at::Tensor direction = x0;  // x0 extrapolated to the middle of the step
      if (older.defined()) direction = x0 + (0.5 * width / older_width) * (x0 - older);
      x = std::sqrt((1 - previous) / (1 - bar)) * x -
          std::sqrt(previous) * std::expm1(-width) * direction;
      older_width = width;
      older = x0;
    }
    report(process, i, x, x0, options);
  }
  return x;
}

void SamplerConfig::declare(Options& options, const std::string& prefix) {
  options.choice(prefix + ".method", method, {"ddpm", "ddim", "dpm"}, "how to sample");
  options.add(prefix + ".evaluations", evaluations, "evaluations of the generator a sample",
              {1, 1000});
  options.add(prefix + ".eta", eta, "noise of DDIM: 0 deterministic, 1 as DDPM", {0, 1});
  options.add(prefix + ".stop_at", stop_at,
              "last timestep visited; the prediction there is the result", {0, 999});
}

std::vector<int64_t> sampling_steps(const SamplerConfig& config, int64_t steps) {
  std::vector<int64_t> kept = evenly_spaced_steps(config.stop_at, steps - 1, config.evaluations);
  std::ranges::reverse(kept);
  return kept;
}

at::Tensor sample(const SamplerConfig& config, const DenoiseFunction& denoise,
                  const NoiseFunction& noise) {
  std::vector<int64_t> kept = sampling_steps(config);
  std::ranges::reverse(kept);
  const DiffusionProcess process(linear_betas(), std::move(kept));
  if (config.method == "ddpm") return sample_ddpm(process, denoise, noise);
  if (config.method == "ddim") return sample_ddim(process, denoise, noise, config.eta);
  if (config.method == "dpm") return sample_dpm(process, denoise, noise);
  fail("sample: expected a method among ddpm, ddim, dpm, found '{}'", config.method);
}

}  // namespace saltus
