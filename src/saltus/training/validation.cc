#include "saltus/training/validation.h"

#include <ATen/record_function.h>

#include <iterator>

namespace saltus {
namespace {

constexpr int64_t kBatches = 8, kBatchSize = 32;
constexpr int64_t kDispersionNoises = 8;

// One-evaluation samples of the first batch's starts under several noises.
double dispersion_of(Denoiser& denoiser, const Batch& batch, uint64_t seed, Workers& threads) {
  const int64_t rows = batch.start.size(0);
  const Conditions conditions{.timestep = at::full({rows}, 999, batch.timestep.options()),
                              .start_metric = batch.start_metric,
                              .target_metric = batch.target_metric};
  std::vector<at::Tensor> samples(kDispersionNoises);
  threads.for_each(kDispersionNoises, [&](int64_t k) {
    RECORD_FUNCTION(kValidation, std::vector<c10::IValue>{});
    const torch::NoGradGuard no_grad;
    RandomStream random(seed, "validation.dispersion", static_cast<uint64_t>(k));
    at::Tensor noise = at::empty(batch.noise.sizes());
    random.fill_normal({noise.data_ptr<float>(), static_cast<size_t>(noise.numel())});
    samples[static_cast<size_t>(k)] = denoiser.decode(
        denoiser.predict(noise.to(batch.noise.device()), batch.start, conditions), batch.start);
  });
  const at::Tensor all = at::stack(samples);  // [noises, B, P]
  const double spread = all.var(0, true).mean().sqrt().item<double>();
  const double size = (all - batch.start).square().mean().sqrt().item<double>();
  return spread / std::max(size, 1e-12);
}

}  // namespace

std::vector<Batch> validation_batches(BatchConfig config, const Zoo& zoo, const PairConfig& pairs,
                                      const Probes& probes, uint64_t seed) {
  std::vector<Batch> batches;
  const std::vector<int64_t> held_out = zoo.runs_of(Split::validation);
  if (held_out.empty()) return batches;
  const PairSampler sampler(zoo, held_out, config.metrics.front(), pairs);
  config.size = kBatchSize;
  config.unpaired = config.updated = 0;
  for (uint64_t i = 0; i < kBatches; ++i) {
    batches.push_back(
        draw_batch(config, zoo, sampler, probes, {}, RandomStream(seed, "training.validation", i)));
  }
  return batches;
}

ValidationResult validate(const LossConfig& config, Denoiser& denoiser,
                          const Architecture& architecture,
                          const std::vector<PromptedMetric>& metrics,
                          const std::vector<Batch>& batches, const at::Tensor& alphas_cumprod,
                          uint64_t seed, Workers& threads) {
  ValidationResult sum;
  if (batches.empty()) return sum;
  std::vector<Loss> losses(batches.size());
  threads.for_each(std::ssize(batches), [&](int64_t i) {
    RECORD_FUNCTION(kValidation, std::vector<c10::IValue>{});
    const torch::NoGradGuard no_grad;
    const auto b = static_cast<size_t>(i);
    losses[b] = diffusion_loss(config, denoiser, architecture, metrics, batches[b], alphas_cumprod);
  });
  const auto value = [](const at::Tensor& t) { return t.defined() ? t.item<double>() : 0.0; };
  for (const Loss& loss : losses) {
    sum.loss += value(loss.total);
    sum.weights += value(loss.weights);
    sum.function += value(loss.function);
    sum.spread += value(loss.spread);
    sum.metric += value(loss.metric);
  }
  const auto count = static_cast<double>(batches.size());
  return {.loss = sum.loss / count,
          .weights = sum.weights / count,
          .function = sum.function / count,
          .spread = sum.spread / count,
          .metric = sum.metric / count,
          .dispersion = dispersion_of(denoiser, batches.front(), seed, threads)};
}

}  // namespace saltus
