#include "saltus/evaluation/bench.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "saltus/base/error.h"
#include "saltus/evaluation/statistics.h"
#include "saltus/task/measure.h"
#include "saltus/training/checkpoints.h"

namespace saltus {
namespace {

std::string metric_names(const std::vector<Metric>& metrics) {
  std::string text;
  for (const Metric& m : metrics) text += (text.empty() ? "" : ", ") + m.name;
  return text;
}

std::string_view purpose_name(Purpose purpose) {
  switch (purpose) {
    case Purpose::condition:
      return "condition";
    case Purpose::select:
      return "select";
    case Purpose::score:
      return "score";
  }
  return "";
}

// A hundredth of the decade of `range`: 10 for 497, 0.1 for 2.3.
double rounding_unit(double range) { return std::pow(10.0, std::floor(std::log10(range)) - 1); }

}  // namespace

Meter::Meter(const Job& job, std::string stage, int64_t total) : job_(job) {
  progress_.stage = std::move(stage);
  progress_.total = total;
  progress_.unit = "networks";
  job_.report(progress_);
}

void Meter::advance(int64_t networks) {
  progress_.done += networks;
  job_.report(progress_);
}

Bench::Bench(const EvaluationConfig& config_in, const EvaluationInputs& inputs_in,
             const Job& job_in)
    : config(config_in), inputs(inputs_in), job(job_in), threads(thread_count(job_in)) {
  const GeneratorDescription& generator = inputs.generator.description();
  if (generator.task != inputs.task.name() || inputs.zoo.description().task != generator.task) {
    fail(
        "evaluate: expected task, zoo and generator of one task, found task '{}', zoo '{}', "
        "generator '{}'",
        inputs.task.name(), inputs.zoo.description().task, generator.task);
  }
  if (!config.metric.empty()) {
    const auto prompted = std::ranges::find(generator.metrics, config.metric, &Metric::name);
    if (prompted == generator.metrics.end()) {
      fail("evaluation.metric: expected a metric of the generator ({}), found '{}'",
           metric_names(generator.metrics), config.metric);
    }
    prompted_ = static_cast<size_t>(prompted - generator.metrics.begin());
  }
  if (prompted_ != 0 && inputs.critic != nullptr) {
    fail(
        "evaluate: a critic knows the generator's first metric, {}; expected evaluation.metric to "
        "be that, found {}",
        generator.metrics.front().name, config.metric);
  }
  if (!(inputs.zoo.description().layout == inputs.task.architecture().layout())) {
    fail(
        "evaluate: expected a zoo of the task's architecture ({} parameters), found another "
        "layout with {} in {}",
        inputs.task.architecture().layout().parameters(), inputs.zoo.parameters(),
        inputs.zoo.folder().string());
  }
  const auto& metrics = inputs.task.metrics();
  const auto conditioned = std::ranges::find(metrics, metric().name, &Metric::name);
  if (conditioned == metrics.end()) {
    fail("evaluate: the generator is conditioned by '{}', but task '{}' measures {}", metric().name,
         inputs.task.name(), metric_names(metrics));
  }
  const size_t score = inputs.task.score_of(static_cast<size_t>(conditioned - metrics.begin()));
  scored_metrics_ = {metrics[score]};
  for (size_t m = 0; m < metrics.size(); ++m) {
    if (m != score && metrics[m].measured_on == metrics[score].measured_on) {
      scored_metrics_.push_back(metrics[m]);
    }
  }
  zoo_metric_ = inputs.zoo.metric_index(metric().name);
  training_runs_ = inputs.zoo.runs_of(Split::train);
  if (training_runs_.empty()) {
    fail("evaluate: expected runs in the training split of {}, found none; build a larger zoo",
         inputs.zoo.folder().string());
  }
  zoo_best_ = zoo_worst_ =
      inputs.zoo.metric(training_runs_[0], 0, static_cast<int64_t>(zoo_metric_));
  for (const int64_t r : training_runs_) {
    for (int64_t c = 0; c < inputs.zoo.checkpoints(); ++c) {
      const double value = inputs.zoo.metric(r, c, static_cast<int64_t>(zoo_metric_));
      if (metric().better(value, zoo_best_)) zoo_best_ = value;
      if (metric().better(zoo_worst_, value)) zoo_worst_ = value;
    }
  }
}

double Bench::milestone(double share) const {
  const double range = zoo_best_ - metric().worst;
  const double unit = rounding_unit(std::abs(range));
  return std::round((metric().worst + share * range) / unit) * unit;
}

double Bench::tolerance() const {
  const double range = std::abs(zoo_best_ - metric().worst);
  const double unit = rounding_unit(range) / 2;
  return std::round(0.07 * range / unit) * unit;
}

uint64_t Bench::seed(const std::string& name, int64_t index) const {
  return RandomStream(static_cast<uint64_t>(config.seed), "evaluation." + name,
                      static_cast<uint64_t>(index))
      .bits64();
}

at::Tensor Bench::fresh(const std::string& scheme, int64_t count, int64_t first) const {
  return draw_networks(inputs.task, scheme, seed("starts"), count, first);
}

at::Tensor Bench::measured(const std::vector<Metric>& metrics, const at::Tensor& theta,
                           Purpose purpose, int64_t episodes, int64_t round,
                           bool deterministic) const {
  return measure_networks(inputs.task, metrics, theta,
                          {.seed = seed(std::string(purpose_name(purpose)), round),
                           .effort = episodes,
                           .deterministic = deterministic},
                          job.quiet())  // the section's meter reports, not each measurement
      .to(at::kDouble);
}

at::Tensor Bench::measure(const at::Tensor& theta, Purpose purpose, int64_t episodes, int64_t round,
                          bool deterministic) const {
  const Metric& wanted = purpose == Purpose::score ? score_metric() : metric();
  return measured({wanted}, theta, purpose, episodes, round, deterministic).select(1, 0);
}

at::Tensor Bench::all_scores(const at::Tensor& theta, int64_t episodes, int64_t round) const {
  return measured(scored_metrics_, theta, Purpose::score, episodes, round, false);
}

UpdateRequest Bench::request(const at::Tensor& theta, const at::Tensor& start_metric,
                             const at::Tensor& prompt) const {
  const auto column = [](const at::Tensor& x) { return x.to(at::kFloat).unsqueeze(1); };
  UpdateRequest made;
  made.theta = theta.to(at::kFloat).contiguous();
  made.start_metric = column(start_metric);
  made.prompt = column(prompt);
  const std::vector<Metric>& all = inputs.generator.description().metrics;
  if (all.size() == 1) return made;
  // The others are measured for it, and not prompted.
  const auto at = static_cast<int64_t>(prompted_);
  at::Tensor starts =
      measure_networks(inputs.task, all, made.theta, {.seed = seed("condition")}, job.quiet());
  at::Tensor prompts = at::full_like(starts, std::numeric_limits<float>::quiet_NaN());
  starts.select(1, at).copy_(made.start_metric.squeeze(1));
  prompts.select(1, at).copy_(made.prompt.squeeze(1));
  made.start_metric = starts;
  made.prompt = prompts;
  return made;
}

template <typename Make>
at::Tensor Bench::in_batches(const at::Tensor& theta, const at::Tensor& start_metric,
                             const at::Tensor& prompt, const Noise& noise, Meter* meter,
                             const Make& make) const {
  const int64_t count = theta.size(0);
  std::vector<at::Tensor> parts;
  for (int64_t first = 0; first < count; first += kBatch) {
    const int64_t rows = std::min(kBatch, count - first);
    const auto batch = [&](const at::Tensor& x) { return x.narrow(0, first, rows); };
    UpdateRequest part = request(batch(theta), batch(start_metric), batch(prompt));
    part.seed = noise.seed;
    for (int64_t k = first; k < first + rows; ++k) {
      part.sample.push_back(noise.sample.empty() ? k : noise.sample[static_cast<size_t>(k)]);
    }
    parts.push_back(make(part));
    if (meter != nullptr) meter->advance(rows);
  }
  return at::cat(parts);
}

at::Tensor Bench::update(const Generator& generator, const at::Tensor& theta,
                         const at::Tensor& start_metric, const at::Tensor& prompt,
                         const Noise& noise, Meter* meter) const {
  return in_batches(theta, start_metric, prompt, noise, meter, [&](const UpdateRequest& part) {
    return generator.update(part, config.sampler);
  });
}

at::Tensor Bench::update_chosen(const at::Tensor& theta, const at::Tensor& start_metric,
                                const at::Tensor& prompt, const Noise& noise, Meter* meter) const {
  return in_batches(theta, start_metric, prompt, noise, meter, [&](const UpdateRequest& part) {
    return update_with_critic(inputs.generator, *inputs.critic, part, config.sampler,
                              config.candidates, config.candidate_spread)
        .theta;
  });
}

at::Tensor Bench::update_to_best(const at::Tensor& theta, const at::Tensor& start_metric,
                                 const Noise& noise, Meter* meter) const {
  return update(inputs.generator, theta, start_metric, at::full_like(start_metric, zoo_best_),
                noise, meter);
}

at::Tensor Bench::checkpoints(const std::vector<int64_t>& runs, int64_t checkpoint) const {
  std::vector<CheckpointId> which;
  for (const int64_t run : runs) which.push_back({run, checkpoint});
  return read_checkpoints(inputs.zoo, which);
}

bool Bench::answers() const {
  return inputs.task.architecture().computes() && static_cast<bool>(inputs.task.probes().draw);
}

at::Tensor Bench::actions(const at::Tensor& theta, const at::Tensor& probe_inputs_in) const {
  const torch::InferenceMode inference;
  const at::Tensor output = inputs.task.architecture().respond(theta, probe_inputs_in).output;
  return (inputs.task.probes().squash ? output.tanh() : output).flatten(1);
}

at::Tensor Bench::probe_inputs(int64_t n) const {
  RandomStream random(seed("probes"), "evaluation.probes");
  return inputs.task.probes().draw(n, random);
}

std::vector<double> to_vector(const at::Tensor& x) {
  const at::Tensor values = x.to(at::kDouble).contiguous();
  return {values.data_ptr<double>(), values.data_ptr<double>() + values.numel()};
}

Json distribution(const Bench& bench, const at::Tensor& metric) {
  const std::vector<double> values = to_vector(metric);
  Json shares = Json::object();
  for (const double share : {0.90, 0.94, 0.98}) {
    const double threshold = bench.milestone(share);
    const auto reached = std::count_if(values.begin(), values.end(), [&](double v) {
      return !bench.metric().better(threshold, v);
    });
    shares[fmt::format("{:.6g}", threshold)] =
        static_cast<double>(reached) / static_cast<double>(values.size());
  }
  return {{"count", values.size()},
          {"mean", mean(values)},
          {"std", standard_deviation(values)},
          {"min", quantile(values, 0)},
          {"p05", quantile(values, 0.05)},
          {"p50", quantile(values, 0.5)},
          {"p95", quantile(values, 0.95)},
          {"max", quantile(values, 1)},
          {"share_at_least", shares}};
}

Json other_scores(const Bench& bench, const at::Tensor& all_scores) {
  Json json = Json::object();
  for (size_t m = 1; m < bench.scored_metrics().size(); ++m) {
    const std::vector<double> values = to_vector(all_scores.select(1, static_cast<int64_t>(m)));
    json[bench.scored_metrics()[m].name] = {{"mean", mean(values)},
                                            {"std", standard_deviation(values)}};
  }
  return json;
}

}  // namespace saltus
