#include "saltus/training/generated_networks.h"

#include <algorithm>
#include <limits>

namespace saltus {
namespace {

constexpr int64_t kBatch = 256;

double best_of_range(const GeneratorDescription& description) {
  return description.metrics.at(0).maximise ? description.metric_high.at(0)
                                            : description.metric_low.at(0);
}

// [n, M]: the first metric alone is prompted for.
at::Tensor prompts_for_first(const GeneratorDescription& description, const at::Tensor& wanted) {
  at::Tensor prompt = at::full({wanted.size(0), static_cast<int64_t>(description.metrics.size())},
                               std::numeric_limits<float>::quiet_NaN());
  prompt.select(1, 0).copy_(wanted);
  return prompt;
}

}  // namespace

MeasuredNetworks generate_networks(const Generator& generator, const MeasuredNetworks& starts,
                                   int64_t count, const MeasureFunction& measure, uint64_t seed,
                                   const Job& job) {
  const torch::InferenceMode inference;
  const GeneratorDescription& description = generator.description();
  const double low = description.metric_low.at(0), high = description.metric_high.at(0);
  const double best = best_of_range(description);
  RandomStream random(seed, "generated.requests");
  std::vector<at::Tensor> parts;
  for (int64_t first = 0; first < count; first += kBatch) {
    const int64_t rows = std::min(kBatch, count - first);
    std::vector<int64_t> chosen, noise;
    at::Tensor wanted = at::empty({rows});
    for (int64_t i = 0; i < rows; ++i) {
      chosen.push_back(static_cast<int64_t>(random.below(static_cast<uint64_t>(starts.size()))));
      noise.push_back(first + i);
      const double u = random.uniform_double();
      wanted.data_ptr<float>()[i] =
          static_cast<float>((first + i) % 4 == 0 ? best : low + u * (high - low));
    }
    const at::Tensor rows_of = at::tensor(chosen, at::kLong);
    parts.push_back(generator.update({.theta = starts.theta.index_select(0, rows_of),
                                      .start_metric = starts.metric.index_select(0, rows_of),
                                      .prompt = prompts_for_first(description, wanted),
                                      .seed = seed,
                                      .sample = noise},
                                     {.evaluations = 1}));
  }
  const at::Tensor theta = at::cat(parts);
  return {theta, measure(theta, seed, job)};
}

double best_prompt_metric(const Generator& generator, const MeasuredNetworks& starts, int64_t count,
                          const MeasureFunction& measure, uint64_t seed, const Job& job) {
  const torch::InferenceMode inference;
  const GeneratorDescription& description = generator.description();
  const int64_t rows = std::min(count, starts.size());
  const at::Tensor wanted = at::full({rows}, best_of_range(description), at::kFloat);
  const at::Tensor theta = generator.update({.theta = starts.theta.narrow(0, 0, rows),
                                             .start_metric = starts.metric.narrow(0, 0, rows),
                                             .prompt = prompts_for_first(description, wanted),
                                             .seed = seed},
                                            {.evaluations = 1});
  return measure(theta, seed, job).select(1, 0).mean().item<double>();
}

}  // namespace saltus
