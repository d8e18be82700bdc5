#include "saltus/evaluation/evaluation.h"

#include <torch/torch.h>

#include <chrono>
#include <optional>

#include "saltus/evaluation/sections.h"

namespace saltus {
namespace {

// Sets torch's threads for the evaluation and puts them back.
class TorchThreads {
 public:
  explicit TorchThreads(int threads) : before_(at::get_num_threads()) {
    at::set_num_threads(threads);
  }
  ~TorchThreads() { at::set_num_threads(before_); }
  TorchThreads(const TorchThreads&) = delete;
  TorchThreads& operator=(const TorchThreads&) = delete;

 private:
  int before_;
};

// Runs sections one after the other, timing each, until the job is stopped.
class Sections {
 public:
  explicit Sections(const Job& job) : job_(job) {}

  template <typename Body>
  void run(const std::string& name, const Body& body) {
    if (job_.stopped()) {
      complete_ = false;
      return;
    }
    const auto begin = std::chrono::steady_clock::now();
    body();
    seconds_[name] =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }
  bool complete() const { return complete_ && !job_.stopped(); }
  const Json& seconds() const { return seconds_; }

 private:
  const Job& job_;
  bool complete_ = true;
  Json seconds_ = Json::object();
};

Json resolved(const EvaluationConfig& config) {
  EvaluationConfig copy = config;
  Options options;
  copy.declare(options);
  return options.to_json();
}

}  // namespace

void EvaluationConfig::declare(Options& options) {
  options.add("evaluation.metric", metric,
              "metric that is prompted, alone; empty: the generator's first");
  options.add("evaluation.seed", seed, "seed of starts, noise and simulator; no start is the zoo's",
              {0, 1e15});
  options.add("evaluation.starts", starts, "fresh networks a result", {1, 1e6});
  options.add("evaluation.episodes", episodes,
              "episodes a network of the one-update score; a multiple of 64 for cart-pole",
              {1, 1e6});
  options.add("evaluation.scheme", scheme, "initialiser of the zoo's own kind of start");
  options.add("evaluation.schemes", schemes, "initialisers to compare; empty: all there are");
  options.add("evaluation.updates", updates, "depth of recursion", {1, 100});
  options.add("evaluation.prompts", prompts, "prompts of the alignment", {2, 1000});
  options.add(
      "evaluation.prompt_ranges", prompt_ranges,
      "their ranges, from the zoo's best to a value: 2.0, or log 1.0 for logarithmic steps; "
      "empty: nearly all of the metric's range");
  options.add("evaluation.recalibrate", recalibrate,
              "also correct prompts by a monotone curve fitted on training starts");
  options.add("evaluation.alignment_starts", alignment_starts, "starts at each of these prompts",
              {1, 1e5});
  options.add("evaluation.crossed_starts", crossed_starts,
              "starts each of which also gets the updates of all the others", {2, 1e4});
  options.add("evaluation.held_out", held_out,
              "starts trained step by step, for novelty and the optimisers", {1, 1e5});
  options.add("evaluation.tuned_steps", tuned_steps,
              "image tasks: steps of SGD and Adam at each of several learning rates", {1, 1e7});
  options.add("evaluation.reference_runs", reference_runs,
              "training runs that novelty compares with, at most", {1, 1e8});
  options.add("evaluation.candidates", candidates, "samples among which the critic chooses",
              {1, 1000});
  options.add("evaluation.candidate_spread", candidate_spread,
              "their prompts lie up to this far from the one asked for, in the metric's unit",
              {0, 1e9});
  options.add("evaluation.novelty", novelty, "measure novelty against held-out runs");
  options.add("evaluation.diversity", diversity, "measure diversity");
  options.add("evaluation.baselines", baselines, "measure the baselines");
  sampler.declare(options, "evaluation.sampler");
  options.add("evaluation.samplers", samplers,
              "further ways to sample, to be compared: METHOD EVALUATIONS [LAST-TIMESTEP] each, as "
              "\"ddpm 20\"");
  options.add("evaluation.sampler_starts", sampler_starts, "starts for each of them, at most",
              {1, 1e6});
}

Json evaluate_generator(const EvaluationConfig& config, const EvaluationInputs& inputs,
                        const Job& job) {
  const Bench bench(config, inputs, job);
  configured_samplers(config);  // throws now rather than hours from now
  const TorchThreads threads(bench.threads);
  const torch::InferenceMode inference;
  Json skipped = Json::object();
  Json results = {{"format", "saltus-results/1"},
                  {"complete", false},
                  {"task", inputs.task.name()},
                  {"metric", bench.metric().name},
                  {"direction", bench.metric().maximise ? "maximise" : "minimise"},
                  {"metric_range", {bench.metric().worst, bench.metric().best}},
                  {"conditioned_on", bench.metric().measured_on},
                  {"scored_on", bench.score_metric().measured_on},
                  {"stochastic", inputs.task.stochastic()},
                  {"scheme", config.scheme},
                  {"config", resolved(config)}};
  Sections sections(job);
  const auto section = [&](const std::string& name, const auto& body) {
    sections.run(name, [&] { results[name] = body(); });
  };
  const auto optional_section = [&](const std::string& name, bool wanted, const auto& body) {
    if (wanted) return section(name, body);
    skipped[name] = "switched off by evaluation." + name;
  };

  section("zoo", [&] { return zoo_summary(bench); });
  section("generator", [&] { return generator_summary(inputs.generator); });
  section("one_update", [&] { return one_update(bench); });
  section("alignment", [&] { return alignment(bench); });
  if (inputs.critic == nullptr) skipped["alignment.critic"] = "no critic was given";
  std::optional<KeepIfBetter> own;
  section("recursion", [&] {
    Meter meter(job, "keep if better", config.updates * config.starts);
    own = keep_if_better(bench, config.scheme, meter);
    return recursion(bench, *own);
  });
  section("initialisers", [&] { return initialisers_section(bench, *own); });
  optional_section("diversity", config.diversity, [&] { return diversity(bench); });
  if (inputs.without_function_loss == nullptr) {
    skipped["diversity.without_function_loss"] = "no generator trained without it was given";
  }
  section("start_dependence", [&] { return start_dependence(bench); });
  if (config.samplers.empty()) {
    skipped["samplers"] = "evaluation.samplers names none";
  } else {
    section("samplers", [&] { return samplers(bench); });
  }

  std::optional<HeldOut> held_out;
  if (config.novelty || config.baselines) {
    sections.run("held_out", [&] { held_out = held_out_networks(bench, config.held_out); });
  }
  if (config.novelty && !held_out && !job.stopped()) {
    skipped["novelty"] = "the zoo has no test split and no optimiser was given";
  } else {
    optional_section("novelty", config.novelty, [&] { return novelty(bench, *held_out); });
  }
  optional_section("baselines", config.baselines, [&] { return baselines(bench); });
  if (held_out && !held_out->curve.empty()) {
    section("optimisers", [&] { return optimisers(bench, *held_out, results["one_update"]); });
  } else if (!job.stopped()) {
    skipped["optimisers"] = "no optimiser was given";
  }

  double total = 0;
  for (const auto& entry : sections.seconds().items()) total += entry.value().get<double>();
  // Whoever made zoo, generator and critic knows what they took; the caller fills it in.
  results["cost"] = {{"sections", sections.seconds()},
                     {"total", total},
                     {"zoo_seconds", nullptr},
                     {"generator_seconds", nullptr},
                     {"critic_seconds", nullptr}};
  results["environment"] = environment(bench);
  results["skipped"] = skipped;
  results["complete"] = sections.complete();
  return results;
}

}  // namespace saltus
