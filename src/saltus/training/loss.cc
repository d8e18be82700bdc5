#include "saltus/training/loss.h"

#include "saltus/generator/precision.h"
#include "saltus/network/metric_tensor.h"

namespace saltus {
namespace {

constexpr double kFunctionScale = 0.1;  // a squared difference of outputs that counts as 1

}  // namespace

Loss diffusion_loss(const LossConfig& config, Denoiser& denoiser, const Architecture& architecture,
                    const std::vector<PromptedMetric>& metrics, const Batch& batch,
                    const at::Tensor& alphas_cumprod) {
  const at::Tensor x0 = denoiser.encode(batch.target, batch.start);
  const at::Tensor abar = alphas_cumprod.index_select(0, batch.timestep).unsqueeze(1);  // [B, 1]
  const at::Tensor noised = abar.sqrt() * x0 + (1 - abar).sqrt() * batch.noise;
  at::Tensor predicted;
  {
    const AutocastGuard autocast(config.bf16);
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
  loss.total = loss.weights;
  if (config.function_loss == 0 && config.metric_loss == 0) return loss;

  const at::Tensor theta = denoiser.decode(predicted, batch.start);
  if (config.function_loss > 0) {
    const auto output = [&](const at::Tensor& t) {
      const at::Tensor y =
          architecture.respond(t.narrow(0, first, paired), batch.probe_inputs).output;
      return config.squash ? y.tanh() : y;
    };
    at::Tensor wanted;
    {
      const torch::NoGradGuard no_grad;
      wanted = output(batch.target);
    }
    loss.function = (output(theta) - wanted).square().mean() / kFunctionScale;
    loss.total = loss.total + config.function_loss * loss.function;
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
