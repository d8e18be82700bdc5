#include "saltus/training/spread.h"

#include <torch/torch.h>

#include <cmath>

#include "saltus/base/error.h"
#include "saltus/network/metric_tensor.h"

namespace saltus {
namespace {

constexpr double kPromptScale = 1.5;  // of all of a metric's logarithmic range
constexpr double kSmallest = 1e-4;    // square of a distance below which its slope fades

// [n, m]
at::Tensor distances(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor squares = a.square().sum(1).unsqueeze(1) + b.square().sum(1).unsqueeze(0);
  return ((squares - 2 * at::mm(a, b.t())).clamp_min(0) + kSmallest).sqrt();
}

// The mean over pairs of different rows; `all` [n, n].
at::Tensor mean_of_others(const at::Tensor& all) {
  const auto n = static_cast<double>(all.size(0));
  return (all.sum() - all.diagonal().sum()) / (n * (n - 1));
}

}  // namespace

at::Tensor spread_features(const at::Tensor& answers, const at::Tensor& spectrum,
                           const std::vector<Metric>& metrics, const at::Tensor& prompts) {
  const auto rms = [](const at::Tensor& x, int64_t numbers) {
    return x.flatten(1).to(at::kFloat) / std::sqrt(static_cast<double>(numbers));
  };
  std::vector<at::Tensor> features = {rms(answers, answers.size(2))};
  if (spectrum.defined()) features.push_back(rms(spectrum, spectrum.size(1)));
  for (size_t m = 0; m < metrics.size(); ++m) {
    const at::Tensor prompt = prompts.narrow(1, static_cast<int64_t>(m), 1).to(at::kFloat);
    features.push_back(kPromptScale * log_gap_of(metrics[m], prompt).nan_to_num(-1));
  }
  return at::cat(features, 1);
}

at::Tensor energy_distance(const at::Tensor& found, const at::Tensor& wanted, int64_t own) {
  const int64_t n = found.size(0), m = wanted.size(0);
  check(n >= 2 && m >= 2 && own >= 0 && own + m <= n, "energy_distance: rows");
  const at::Tensor across = distances(found, wanted);
  const at::Tensor of_own = across.narrow(0, own, m).diagonal().sum();
  const at::Tensor mean = (across.sum() - of_own) / static_cast<double>(n * m - m);
  return 2 * mean - mean_of_others(distances(found, found)) -
         mean_of_others(distances(wanted, wanted));
}

}  // namespace saltus
