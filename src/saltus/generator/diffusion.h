// The diffusion process: noise schedule and its coefficients (Ho et al. 2020; respacing as in
// Nichol & Dhariwal 2021). All arrays are double; the tensor functions cast them on use.
// ᾱ stands for the cumulative product of 1 - β.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace saltus {

// Linear betas 1e-4..0.02 over T = 1000 steps.
std::vector<double> linear_betas(int64_t steps = 1000);

// A process over a subset of the original timesteps, re-based so that it has the same marginals.
struct DiffusionProcess {
  std::vector<int64_t> timestep_map;  // original index of each kept step, ascending
  std::vector<double> betas;
  std::vector<double> alphas_cumprod;       // ᾱ
  std::vector<double> alphas_cumprod_prev;  // ᾱ one step less noisy; first = 1
  std::vector<double> alphas_cumprod_next;  // ᾱ one step noisier; last = 0
  std::vector<double> sqrt_alphas_cumprod, sqrt_one_minus_alphas_cumprod;
  std::vector<double> log_one_minus_alphas_cumprod;
  std::vector<double> sqrt_recip_alphas_cumprod;    // sqrt(1/ᾱ)
  std::vector<double> sqrt_recipm1_alphas_cumprod;  // sqrt(1/ᾱ - 1)
  std::vector<double> posterior_variance;
  std::vector<double> posterior_log_variance_clipped;              // entry 0 replaced by entry 1
  std::vector<double> posterior_mean_coef1, posterior_mean_coef2;  // on x0, on x_t
  std::vector<double> sampling_variance, sampling_log_variance;    // "fixed large"

  // Error when `kept_steps` is empty, not ascending, or leaves 0..T-1.
  explicit DiffusionProcess(const std::vector<double>& original_betas,
                            std::vector<int64_t> kept_steps);
  int64_t size() const { return static_cast<int64_t>(timestep_map.size()); }

  // x_t = sqrt(ᾱ) x0 + sqrt(1 - ᾱ) noise; x0, noise [B, D], step [B] int64 (index into this
  // process). The other functions take the same shapes.
  at::Tensor add_noise(const at::Tensor& x0, const at::Tensor& noise, const at::Tensor& step) const;
  // Mean of q(x_{t-1} | x_t, x0).
  at::Tensor posterior_mean(const at::Tensor& x0, const at::Tensor& x_t,
                            const at::Tensor& step) const;
  at::Tensor noise_from_x0(const at::Tensor& x_t, const at::Tensor& x0,
                           const at::Tensor& step) const;
  at::Tensor x0_from_noise(const at::Tensor& x_t, const at::Tensor& noise,
                           const at::Tensor& step) const;
  // KL(q(x_T | x0) || N(0, 1)) in bits, averaged over dimensions: [B]. How much of x0 the last
  // step still shows.
  at::Tensor prior_bits(const at::Tensor& x0) const;
};

// Kept steps by the reference's names: "" all, "10" evenly spaced with both ends, "ddim50" the
// multiples of the smallest stride that keeps 50. Error for anything else.
std::vector<int64_t> respaced_steps(const std::string& spec, int64_t steps = 1000);

// `count` integers from `first` to `last`, evenly spaced, both ends included, rounded half to even;
// count 1: `last` alone. 0 <= first <= last; Error when they cannot all differ.
std::vector<int64_t> evenly_spaced_steps(int64_t first, int64_t last, int64_t count);

}  // namespace saltus
