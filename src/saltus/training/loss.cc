#include "saltus/training/loss.h"

#include "saltus/generator/precision.h"
#include "saltus/network/metric_tensor.h"
#include "saltus/training/spread.h"

namespace saltus {
namespace {

constexpr double kFunctionScale = 0.1;  // a difference of functions that counts as 1

// The unpaired rows' noised x0: from their noise at t = 999 by deterministic DDIM steps (Song et
// al. 2021) past `batch.passed` to their own timestep.
at::Tensor own_work(Denoiser& denoiser, const Batch& batch, const at::Tensor& alphas_cumprod) {
  const torch::NoGradGuard no_grad;
  const auto rows = [&](const at::Tensor& x) { return x.narrow(0, 0, batch.unpaired); };
  const at::Tensor start = rows(batch.start);
  const at::TensorOptions counts = batch.timestep.options();
  std::vector<int64_t> steps = batch.passed;
  steps.push_back(rows(batch.timestep)[0].item<int64_t>());
  at::Tensor x = rows(batch.noise);
  for (size_t i = 0; i + 1 < steps.size(); ++i) {
    const at::Tensor x0 = denoiser
                              .predict(x, start,
                                       {.timestep = at::full({batch.unpaired}, steps[i], counts),
                                        .start_metric = rows(batch.start_metric),
                                        .target_metric = rows(batch.target_metric)})
                              .to(at::kFloat);
    const at::Tensor from = alphas_cumprod[steps[i]], to = alphas_cumprod[steps[i + 1]];
    const at::Tensor noise = (x - from.sqrt() * x0) / (1 - from).sqrt();
    x = to.sqrt() * x0 + (1 - to).sqrt() * noise;
  }
  return x;
}

// Puts the generator's one-evaluation updates in the place of the first `batch.updated` starts, and
// what the readers say of them in the place of the starts' metrics.
void update_starts(const LossConfig& config, Denoiser& denoiser,
                   const std::vector<PromptedMetric>& metrics, Batch& batch) {
  const torch::NoGradGuard no_grad;
  const auto rows = [&](const at::Tensor& x) { return x.narrow(0, 0, batch.updated); };
  const at::Tensor start = rows(batch.start);
  at::Tensor x0;
  {
    const AutocastGuard autocast(config.bf16, batch.start.device().type());
    x0 = denoiser.predict(rows(batch.noise.roll(1, 0)), start,
                          {.timestep = at::full({batch.updated}, 999, batch.timestep.options()),
                           .start_metric = rows(batch.start_metric),
                           .target_metric = rows(batch.target_metric)});
  }
  const at::Tensor updated = denoiser.decode(x0.to(at::kFloat), start);
  for (at::Tensor* all : {&batch.start, &batch.target, &batch.start_metric}) *all = all->clone();
  rows(batch.start).copy_(updated);
  rows(batch.target).copy_(updated);
  for (size_t m = 0; m < metrics.size(); ++m) {
    rows(batch.start_metric)
        .select(1, static_cast<int64_t>(m))
        .copy_(metrics[m].read(updated, batch.data));
  }
}

// The losses on what the networks theta [B, P] answer to the probes.
void compare_answers(const LossConfig& config, const Denoiser& denoiser,
                     const Architecture& architecture, const std::vector<PromptedMetric>& metrics,
                     const Batch& batch, const at::Tensor& theta, Loss& loss) {
  const int64_t first = batch.unpaired, paired = theta.size(0) - first;
  const AutocastGuard autocast(config.networks_bf16, theta.device().type());
  const auto answers = [&](const at::Tensor& t) {
    const at::Tensor y = architecture.respond(t, batch.probe_inputs).output.to(t.scalar_type());
    if (config.logits) return at::log_softmax(y, 1);
    return config.squash ? y.tanh() : y;
  };
  const at::Tensor target = batch.target.narrow(0, first, paired);
  at::Tensor wanted;
  {
    const torch::NoGradGuard no_grad;
    wanted = answers(target);
  }
  // Rows without a target count for the spread alone.
  const at::Tensor all = answers(config.spread_loss > 0 ? theta : theta.narrow(0, first, paired));
  if (config.function_loss > 0) {
    const at::Tensor found = all.narrow(0, all.size(0) - paired, paired);
    const at::Tensor difference = config.logits ? (wanted.exp() * (wanted - found)).sum(1).mean()
                                                : (found - wanted).square().mean();
    loss.function = difference / kFunctionScale;
    loss.total = loss.total + config.function_loss * loss.function;
  }
  if (config.spread_loss > 0) {
    const FullPrecisionGuard full;  // distances are small differences of large squares
    std::vector<Metric> prompted;
    for (const PromptedMetric& metric : metrics) prompted.push_back(metric.metric);
    const auto features = [&](const at::Tensor& t, const at::Tensor& y, const at::Tensor& prompts) {
      return spread_features(config.logits ? y.exp() : y, denoiser.spectrum(t), prompted, prompts);
    };
    at::Tensor of_targets;
    {
      const torch::NoGradGuard no_grad;
      of_targets = features(target, wanted, batch.target_metric.narrow(0, first, paired));
    }
    loss.spread = energy_distance(features(theta, all, batch.target_metric), of_targets, first);
    loss.total = loss.total + config.spread_loss * loss.spread;
  }
}

}  // namespace

Loss diffusion_loss(const LossConfig& config, Denoiser& denoiser, const Architecture& architecture,
                    const std::vector<PromptedMetric>& metrics, const Batch& given,
                    const at::Tensor& alphas_cumprod) {
  Batch batch = given;
  if (batch.updated > 0) update_starts(config, denoiser, metrics, batch);
  const at::Tensor x0 = denoiser.encode(batch.target, batch.start);
  const at::Tensor abar = alphas_cumprod.index_select(0, batch.timestep).unsqueeze(1);  // [B, 1]
  at::Tensor noised = abar.sqrt() * x0 + (1 - abar).sqrt() * batch.noise;
  at::Tensor predicted;
  {
    const AutocastGuard autocast(config.bf16, batch.start.device().type());
    if (!batch.passed.empty()) {
      noised.narrow(0, 0, batch.unpaired).copy_(own_work(denoiser, batch, alphas_cumprod));
    }
    predicted = denoiser
                    .predict(noised, batch.start,
                             {.timestep = batch.timestep,
                              .start_metric = batch.start_metric,
                              .target_metric = batch.target_metric})
                    .to(at::kFloat);
  }
  Loss loss;
  at::Tensor error = (predicted - x0).square();
  if (const at::Tensor weights = denoiser.loss_weights(); weights.defined())
    error = error * weights;
  const int64_t first = batch.unpaired, paired = batch.start.size(0) - first;
  loss.weights = error.narrow(0, first, paired).mean();
  loss.total = config.weight_loss == 1 ? loss.weights : config.weight_loss * loss.weights;
  if (config.stay_loss > 0 && batch.updated > 0) {
    loss.stay = error.narrow(0, 0, batch.updated).mean();  // their target is the start
    loss.total = loss.total + config.stay_loss * loss.stay;
  }
  if (config.function_loss == 0 && config.spread_loss == 0 && config.metric_loss == 0) return loss;

  const at::Tensor theta = denoiser.decode(predicted, batch.start);
  if (config.function_loss > 0 || config.spread_loss > 0) {
    compare_answers(config, denoiser, architecture, metrics, batch, theta, loss);
  }
  if (config.metric_loss == 0) return loss;
  RandomStream data = batch.data;
  for (size_t m = 0; m < metrics.size(); ++m) {
    if (!metrics[m].read) continue;
    const at::Tensor wanted = batch.target_metric.select(1, static_cast<int64_t>(m)).to(at::kFloat);
    const at::Tensor rows = wanted.isnan().logical_not().nonzero().squeeze(1);
    if (rows.numel() == 0) continue;
    const at::Tensor found = metrics[m].read(theta.index_select(0, rows), data);
    const at::Tensor missed =
        metric_error(metrics[m].metric, found, wanted.index_select(0, rows), config.metric_log);
    loss.metric = loss.metric.defined() ? loss.metric + missed : missed;
  }
  if (loss.metric.defined()) loss.total = loss.total + config.metric_loss * loss.metric;
  return loss;
}

}  // namespace saltus
