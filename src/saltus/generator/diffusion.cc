#include "saltus/generator/diffusion.h"

#include <charconv>
#include <cmath>
#include <numbers>

#include "saltus/base/error.h"

namespace saltus {
namespace {

// The entries of `array` at `step` [B], in the dtype and on the device of `like`: [B, 1].
at::Tensor entries(const std::vector<double>& array, const at::Tensor& step,
                   const at::Tensor& like) {
  const at::Tensor index = step.cpu().contiguous();
  at::Tensor out = at::empty({index.numel(), 1}, at::kDouble);
  for (int64_t b = 0; b < index.numel(); ++b)
    out.mutable_data_ptr<double>()[b] =
        array.at(static_cast<size_t>(index.const_data_ptr<int64_t>()[b]));
  return out.to(like.options());
}

// The whole number that `text` is, or -1.
int64_t parse_count(std::string_view text) {
  int64_t value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : -1;
}

}  // namespace

std::vector<double> linear_betas(int64_t steps) {
  constexpr double first = 1e-4, last = 0.02;
  std::vector<double> betas(static_cast<size_t>(steps));
  for (int64_t i = 0; i < steps; ++i)
    betas[static_cast<size_t>(i)] =
        first + (last - first) * static_cast<double>(i) / static_cast<double>(steps - 1);
  return betas;
}

DiffusionProcess::DiffusionProcess(const std::vector<double>& original_betas,
                                   std::vector<int64_t> kept_steps)
    : timestep_map(std::move(kept_steps)) {
  const size_t n = timestep_map.size();
  const int64_t steps = static_cast<int64_t>(original_betas.size());
  if (n == 0) fail("diffusion: no timestep is kept; keep at least one of 0..{}", steps - 1);
  for (size_t j = 0; j < n; ++j)
    if (timestep_map[j] < 0 || timestep_map[j] >= steps ||
        (j > 0 && timestep_map[j] <= timestep_map[j - 1]))
      fail("diffusion: kept timesteps must ascend within 0..{}, found {} at place {}", steps - 1,
           timestep_map[j], j);

  std::vector<double> original_cumprod(original_betas.size());
  double product = 1;
  for (size_t i = 0; i < original_betas.size(); ++i)
    original_cumprod[i] = product *= 1 - original_betas[i];

  product = 1;
  double last = 1;
  for (size_t j = 0; j < n; ++j) {
    const double kept = original_cumprod[static_cast<size_t>(timestep_map[j])];
    const double beta = 1 - kept / last;
    last = kept;
    const double previous = product;
    const double bar = product *= 1 - beta;
    betas.push_back(beta);
    alphas_cumprod.push_back(bar);
    alphas_cumprod_prev.push_back(previous);
    sqrt_alphas_cumprod.push_back(std::sqrt(bar));
    sqrt_one_minus_alphas_cumprod.push_back(std::sqrt(1 - bar));
    log_one_minus_alphas_cumprod.push_back(std::log(1 - bar));
    sqrt_recip_alphas_cumprod.push_back(std::sqrt(1 / bar));
    sqrt_recipm1_alphas_cumprod.push_back(std::sqrt(1 / bar - 1));
    posterior_variance.push_back(beta * (1 - previous) / (1 - bar));
    posterior_mean_coef1.push_back(beta * std::sqrt(previous) / (1 - bar));
    posterior_mean_coef2.push_back((1 - previous) * std::sqrt(1 - beta) / (1 - bar));
  }
  alphas_cumprod_next.assign(alphas_cumprod.begin() + 1, alphas_cumprod.end());
  alphas_cumprod_next.push_back(0);

  // The first step's variance is 0, so its logarithm borrows the second's.
  sampling_variance = betas;
  for (size_t j = 0; j < n; ++j) {
    const double variance = posterior_variance[n > 1 && j == 0 ? 1 : j];
    posterior_log_variance_clipped.push_back(std::log(variance));
    if (j == 0) sampling_variance[0] = variance;
    sampling_log_variance.push_back(std::log(sampling_variance[j]));
  }
}

at::Tensor DiffusionProcess::add_noise(const at::Tensor& x0, const at::Tensor& noise,
                                       const at::Tensor& step) const {
  return entries(sqrt_alphas_cumprod, step, x0) * x0 +
         entries(sqrt_one_minus_alphas_cumprod, step, x0) * noise;
}

at::Tensor DiffusionProcess::posterior_mean(const at::Tensor& x0, const at::Tensor& x_t,
                                            const at::Tensor& step) const {
  return entries(posterior_mean_coef1, step, x0) * x0 +
         entries(posterior_mean_coef2, step, x0) * x_t;
}

at::Tensor DiffusionProcess::noise_from_x0(const at::Tensor& x_t, const at::Tensor& x0,
                                           const at::Tensor& step) const {
  return (entries(sqrt_recip_alphas_cumprod, step, x_t) * x_t - x0) /
         entries(sqrt_recipm1_alphas_cumprod, step, x_t);
}

at::Tensor DiffusionProcess::x0_from_noise(const at::Tensor& x_t, const at::Tensor& noise,
                                           const at::Tensor& step) const {
  return entries(sqrt_recip_alphas_cumprod, step, x_t) * x_t -
         entries(sqrt_recipm1_alphas_cumprod, step, x_t) * noise;
}

at::Tensor DiffusionProcess::prior_bits(const at::Tensor& x0) const {
  const double bar = alphas_cumprod.back();
  const double log_variance = log_one_minus_alphas_cumprod.back();
  // In double: the three terms nearly cancel.
  const at::Tensor divergence =
      0.5 * (bar * x0.to(at::kDouble).square() + (1 - bar) - 1 - log_variance);
  return divergence.mean(-1).div(std::numbers::ln2).to(x0.scalar_type());
}

std::vector<int64_t> evenly_spaced_steps(int64_t first, int64_t last, int64_t count) {
  if (first < 0 || last < first || count < 1 || count > last - first + 1)
    fail("diffusion: cannot place {} different timesteps in {}..{}", count, first, last);
  if (count == 1) return {last};
  std::vector<int64_t> steps;
  const double stride = static_cast<double>(last - first) / static_cast<double>(count - 1);
  for (int64_t j = 0; j < count; ++j)  // nearbyint: half to even in the default rounding mode
    steps.push_back(first + static_cast<int64_t>(std::nearbyint(static_cast<double>(j) * stride)));
  return steps;
}

std::vector<int64_t> respaced_steps(const std::string& spec, int64_t steps) {
  if (spec.empty()) return evenly_spaced_steps(0, steps - 1, steps);
  if (spec.starts_with("ddim")) {
    const int64_t wanted = parse_count(std::string_view(spec).substr(4));
    for (int64_t stride = 1; wanted > 0 && stride <= steps; ++stride) {
      if ((steps + stride - 1) / stride != wanted) continue;
      std::vector<int64_t> kept;
      for (int64_t step = 0; step < steps; step += stride) kept.push_back(step);
      return kept;
    }
    fail("respacing: no integer stride over {} steps gives '{}'; try ddim10 or ddim50", steps,
         spec);
  }
  const int64_t wanted = parse_count(spec);
  if (wanted < 1 || wanted > steps)
    fail("respacing: expected \"\", a number 1..{} or ddimN, found '{}'", steps, spec);
  return evenly_spaced_steps(0, steps - 1, wanted);
}

}  // namespace saltus
