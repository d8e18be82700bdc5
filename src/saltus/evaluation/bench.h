// The fixed surroundings of one evaluation: how starts are drawn, networks measured and updated,
// and which numbers mean what. Sections of the evaluation differ only in what they ask of it.
#pragma once

#include <torch/types.h>

#include <algorithm>
#include <string>
#include <vector>

#include "saltus/evaluation/evaluation.h"

namespace saltus {

// What a measurement is for. Each purpose has simulator seeds of its own, or scores are taken on
// data of their own, so that no reported number was used to condition or to choose.
enum class Purpose { condition, select, score };

// How an update's noise is numbered; see UpdateRequest.
struct Noise {
  uint64_t seed = 0;
  std::vector<int64_t> sample = {};  // empty: row k uses noise k
};

// Counts a section's units of work and reports them.
class Meter {
 public:
  Meter(const Job& job, std::string stage, int64_t total);
  void advance(int64_t networks);

 private:
  const Job& job_;
  Progress progress_;
};

class Bench {
 public:
  // Error when task, zoo and generator do not fit each other (what differs).
  Bench(const EvaluationConfig& config, const EvaluationInputs& inputs, const Job& job);

  const EvaluationConfig& config;
  const EvaluationInputs& inputs;
  const Job& job;
  const int threads;

  // The metric that is prompted; of several that condition the generator, it alone.
  const Metric& metric() const { return inputs.generator.description().metrics[prompted_]; }
  // What scores (Task::score_of), then the task's other metrics on the same data.
  const std::vector<Metric>& scored_metrics() const { return scored_metrics_; }
  const Metric& score_metric() const { return scored_metrics_.front(); }
  size_t zoo_metric() const { return zoo_metric_; }  // the metric's column in the zoo
  const std::vector<int64_t>& training_runs() const { return training_runs_; }
  double zoo_best() const { return zoo_best_; }  // over the training split: the usual prompt
  double zoo_worst() const { return zoo_worst_; }
  // The value `share` of the way from the metric's worst to the zoo's best, rounded to a hundredth
  // of the range's decade: 0.94 -> 470 of 497.
  double milestone(double share) const;
  double tolerance() const;  // 7 % of that range, rounded: 35 of 497
  int64_t short_episodes() const { return std::min<int64_t>(config.episodes, 64); }

  // Fresh networks [count, P], numbers first, first+1, ... of the scheme's stream. No zoo draws
  // from this stream, whatever its seed.
  at::Tensor fresh(const std::string& scheme, int64_t count, int64_t first = 0) const;

  // The metric of networks [K, P], float64 [K]. `round` tells measurements of one purpose apart.
  at::Tensor measure(const at::Tensor& theta, Purpose purpose, int64_t episodes, int64_t round = 0,
                     bool deterministic = false) const;
  at::Tensor condition(const at::Tensor& theta, int64_t round = 0) const {
    return measure(theta, Purpose::condition, 64, round);
  }
  at::Tensor score(const at::Tensor& theta, int64_t round = 0) const {
    return measure(theta, Purpose::score, short_episodes(), round);
  }

  // All scored_metrics() of networks [K, P] in one measurement: float64 [K, M], the score first.
  at::Tensor all_scores(const at::Tensor& theta, int64_t episodes, int64_t round = 0) const;

  // Updated networks [K, P]; start_metric, prompt [K]. At most kBatch at a time.
  at::Tensor update(const Generator& generator, const at::Tensor& theta,
                    const at::Tensor& start_metric, const at::Tensor& prompt, const Noise& noise,
                    Meter* meter = nullptr) const;
  // The same with the critic choosing among candidates.
  at::Tensor update_chosen(const at::Tensor& theta, const at::Tensor& start_metric,
                           const at::Tensor& prompt, const Noise& noise, Meter* meter) const;
  // Every row prompted with the zoo's best.
  at::Tensor update_to_best(const at::Tensor& theta, const at::Tensor& start_metric,
                            const Noise& noise, Meter* meter = nullptr) const;

  // Last (or any) checkpoints of zoo runs, [runs, P].
  at::Tensor checkpoints(const std::vector<int64_t>& runs, int64_t checkpoint) const;
  // Whether it is known here what networks answer, and on which inputs; if not, what compares
  // functions is left out.
  bool answers() const;
  // What networks [K, P] answer on inputs [n, I], as the task acts on it: [K, outputs * n].
  at::Tensor actions(const at::Tensor& theta, const at::Tensor& inputs) const;
  at::Tensor probe_inputs(int64_t n) const;

  uint64_t seed(const std::string& name, int64_t index = 0) const;  // derived from config.seed

  static constexpr int64_t kBatch = 256;

 private:
  at::Tensor measured(const std::vector<Metric>& metrics, const at::Tensor& theta, Purpose purpose,
                      int64_t episodes, int64_t round, bool deterministic) const;
  // Of networks [K, P] with their prompted metric and its prompts [K].
  UpdateRequest request(const at::Tensor& theta, const at::Tensor& start_metric,
                        const at::Tensor& prompt) const;
  // Calls make(request) for at most kBatch rows at a time and joins the results.
  template <typename Make>
  at::Tensor in_batches(const at::Tensor& theta, const at::Tensor& start_metric,
                        const at::Tensor& prompt, const Noise& noise, Meter* meter,
                        const Make& make) const;

  size_t prompted_ = 0;
  std::vector<Metric> scored_metrics_;
  size_t zoo_metric_ = 0;
  std::vector<int64_t> training_runs_;
  double zoo_best_ = 0, zoo_worst_ = 0;
};

std::vector<double> to_vector(const at::Tensor& x);  // [K] of any float type
// Statistics of a metric over networks, as docs/results-schema.md calls a distribution.
Json distribution(const Bench& bench, const at::Tensor& metric);
// Of all_scores [K, M], those behind the first: {name: {mean, std}}.
Json other_scores(const Bench& bench, const at::Tensor& all_scores);

}  // namespace saltus
