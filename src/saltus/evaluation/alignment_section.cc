#include <torch/torch.h>

#include <cmath>
#include <optional>

#include "saltus/evaluation/alignment.h"
#include "saltus/evaluation/recalibration.h"
#include "saltus/evaluation/sections.h"
#include "saltus/evaluation/statistics.h"

namespace saltus {
namespace {

// The longest run of neighbouring prompts whose means lie within `tolerance`: [low, high] or null.
Json reachable_range(const std::vector<double>& prompts, const std::vector<double>& means,
                     double tolerance) {
  size_t best_begin = 0, best_length = 0, begin = 0;
  for (size_t i = 0; i <= prompts.size(); ++i) {
    if (i < prompts.size() && std::abs(means[i] - prompts[i]) <= tolerance) continue;
    if (i - begin > best_length) {
      best_begin = begin;
      best_length = i - begin;
    }
    begin = i + 1;
  }
  if (best_length == 0) return nullptr;
  return {prompts[best_begin], prompts[best_begin + best_length - 1]};
}

// The reference's score: R² over the prompts of each start, then the mean over starts.
double reference_form(const std::vector<double>& prompts, const at::Tensor& achieved) {
  const int64_t starts = achieved.size(1);
  std::vector<double> desired;
  for (int64_t k = 0; k < starts; ++k)
    desired.insert(desired.end(), prompts.begin(), prompts.end());
  return alignment_score(desired, to_vector(achieved.t()), starts);
}

}  // namespace

Json alignment_row(const Bench& bench, const std::vector<double>& prompts,
                   const at::Tensor& achieved) {
  std::vector<double> desired, observed, means;
  double worst_gap = 0;
  Json points = Json::array();
  for (size_t i = 0; i < prompts.size(); ++i) {
    const std::vector<double> values = to_vector(achieved[static_cast<int64_t>(i)]);
    desired.insert(desired.end(), values.size(), prompts[i]);
    observed.insert(observed.end(), values.begin(), values.end());
    means.push_back(mean(values));
    worst_gap = std::max(worst_gap, std::abs(means.back() - prompts[i]));
    points.push_back({{"prompt", prompts[i]},
                      {"mean", means.back()},
                      {"std", standard_deviation(values)},
                      {"p10", quantile(values, 0.1)},
                      {"p90", quantile(values, 0.9)}});
  }
  return {{"r2", r_squared(desired, observed)},
          {"r2_means", r_squared(prompts, means)},
          {"r2_reference_form", reference_form(prompts, achieved)},
          {"slope", slope(desired, observed)},
          {"correlation", correlation(desired, observed)},
          {"worst_gap", worst_gap},
          {"tolerance", bench.tolerance()},
          {"reachable", reachable_range(prompts, means, bench.tolerance())},
          {"starts", achieved.size(1)},
          {"episodes", bench.inputs.task.stochastic() ? Json(bench.short_episodes()) : Json()},
          {"points", points}};
}

Json alignment(const Bench& bench) {
  const std::vector<PromptRange> ranges = prompt_ranges(bench);
  const int64_t starts_count = bench.config.alignment_starts;
  const Starts starts = draw_starts(bench, bench.config.scheme, starts_count);
  const bool with_critic = bench.inputs.critic != nullptr;
  std::optional<Recalibration> recalibrated;
  if (bench.config.recalibrate) recalibrated.emplace(bench);
  const int64_t passes = 1 + (with_critic ? 1 : 0) + (recalibrated ? 1 : 0);
  Meter meter(bench.job, "alignment",
              static_cast<int64_t>(ranges.size()) * bench.config.prompts * starts_count * passes);
  const Noise noise{.seed = bench.seed("alignment")};

  Json rows = Json::array();
  for (const auto& [range, prompts] : ranges) {
    const auto count = static_cast<int64_t>(prompts.size());
    // Rows of the batch: every start with the first prompt, every start with the second, ...
    const at::Tensor theta = starts.theta.repeat({count, 1});
    const at::Tensor metric = starts.metric.repeat({count});
    const auto for_every_start = [&](const std::vector<double>& asked) {
      return at::tensor(asked).repeat_interleave(starts_count);
    };
    const auto add_rows = [&](const at::Tensor& updated, const std::string& chooser,
                              const std::string& note) {
      for (const bool deterministic : {false, true}) {
        if (deterministic && !bench.inputs.task.stochastic()) continue;
        const at::Tensor achieved =
            bench.measure(updated, Purpose::score, bench.short_episodes(), 0, deterministic)
                .view({count, starts_count});
        Json row = {{"range", range},
                    {"chooser", chooser},
                    {"policy", deterministic ? "deterministic" : "stochastic"},
                    {"note", note}};
        row.update(alignment_row(bench, prompts, achieved));
        rows.push_back(row);
      }
    };
    const at::Tensor prompt = for_every_start(prompts);
    add_rows(bench.update(bench.inputs.generator, theta, metric, prompt, noise, &meter), "none",
             "the generator alone, one sample a prompt");
    if (recalibrated) {
      std::vector<double> asked;
      for (const double wanted : prompts) asked.push_back((*recalibrated)(wanted));
      add_rows(bench.update(bench.inputs.generator, theta, metric, for_every_start(asked), noise,
                            &meter),
               "recalibration",
               "prompts corrected by a monotone curve fitted on training starts and validation "
               "data");
    }
    if (with_critic) {
      add_rows(
          bench.update_chosen(theta, metric, prompt, noise, &meter), "critic",
          fmt::format("generator and critic together: of {} samples with prompts up to {:g} away, "
                      "the one a learned critic places nearest to the prompt; no simulator",
                      bench.config.candidates, bench.config.candidate_spread));
    }
  }
  Json json = rows[0];
  json["rows"] = rows;
  if (recalibrated) json["recalibration"] = recalibrated->to_json();
  return json;
}

}  // namespace saltus
