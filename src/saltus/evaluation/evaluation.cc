#include "saltus/evaluation/evaluation.h"

#include <torch/torch.h>

#include <chrono>
#include <optional>

#include "saltus/evaluation/sections.h"
#include "saltus/generator/tensor_file.h"

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

Json resolved(const EvaluationConfig& config) {
  EvaluationConfig copy = config;
  Options options;
  copy.declare(options);
  return options.to_json();
}

Json hashes(const EvaluationInputs& inputs) {
  const auto optional = [](const auto* part, const auto& hash) {
    return part == nullptr ? Json() : Json(hash_text(hash(*part)));
  };
  return {{"zoo", hash_text(inputs.zoo.hash())},
          {"generator", hash_text(inputs.generator.hash())},
          {"critic", optional(inputs.critic.get(), state_hash)},
          {"without_function_loss",
           optional(inputs.without_function_loss, [](const Generator& g) { return g.hash(); })}};
}

// What an evaluation is, before anything is measured.
Json described(const Bench& bench) {
  return {{"format", "saltus-results/1"},
          {"task", bench.inputs.task.name()},
          {"metric", bench.metric().name},
          {"direction", bench.metric().maximise ? "maximise" : "minimise"},
          {"metric_range", {bench.metric().worst, bench.metric().best}},
          {"conditioned_on", bench.metric().measured_on},
          {"scored_on", bench.score_metric().measured_on},
          {"stochastic", bench.inputs.task.stochastic()},
          {"scheme", bench.config.scheme},
          {"config", resolved(bench.config)},
          {"inputs", hashes(bench.inputs)},
          {"environment", environment(bench)}};
}

// The results of one evaluation as they come, section by section.
class Results {
 public:
  Results(const Bench& bench, const Resumption& resumption)
      : job_(bench.job), save_(resumption.save), json_(described(bench)) {
    if (resumption.earlier.is_object()) {
      const auto other = difference(resumption.earlier);
      if (!other) json_ = resumption.earlier;
      if (other && resumption.differs) resumption.differs(*other);
    }
    json_["complete"] = false;
    json_["skipped"] = Json::object();
    Json& cost = json_["cost"];
    if (!cost.contains("sections")) {
      cost["sections"] = Json::object();
      cost["total"] = 0.0;
    }
    // Whoever made zoo, generator and critic knows what they took; the caller fills it in.
    for (const char* key : {"zoo_seconds", "generator_seconds", "critic_seconds"}) {
      cost[key] = nullptr;
    }
  }

  bool has(const std::string& name) const { return json_.contains(name); }
  const Json& at(const std::string& name) const { return json_.at(name); }
  void skip(const std::string& name, const std::string& why) { json_["skipped"][name] = why; }

  // A section that is there whole or not at all: what body() returns.
  template <typename Body>
  void section(const std::string& name, const Body& body) {
    if (!has(name)) timed(name, [&](const Save&) { json_[name] = body(); });
  }
  // A section of many parts, `empty` without any: body(section, save) adds those that it lacks.
  template <typename Body>
  void growing_section(const std::string& name, const Json& empty, const Body& body) {
    timed(name, [&](const Save& save) {
      if (!has(name)) json_[name] = empty;
      body(json_[name], save);
    });
  }
  // Unless the job is stopped, body(save), whose time is added to that of earlier calls.
  template <typename Body>
  void timed(const std::string& name, const Body& body) {
    if (job_.stopped()) return;
    const double before = json_["cost"]["sections"].value(name, 0.0);
    const auto begin = std::chrono::steady_clock::now();
    const Save save = [&] {
      const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
      Json& cost = json_["cost"];
      cost["sections"][name] = before + spent.count();
      double total = 0;
      for (const Json& seconds : cost["sections"]) total += seconds.get<double>();
      cost["total"] = total;
      if (save_) save_(json_);
    };
    body(save);
    save();
  }

  Json finish() {
    json_["complete"] = !job_.stopped();
    return std::move(json_);
  }

 private:
  // The first key by which `earlier` is of another evaluation.
  std::optional<std::string> difference(const Json& earlier) const {
    for (const auto& [key, value] : json_.items()) {
      if (earlier.value(key, Json()) != value) return key;
    }
    return std::nullopt;
  }

  const Job& job_;
  const std::function<void(const Json&)>& save_;
  Json json_;
};

// The first of the optimisers, where its result is not there yet: it also trains what novelty
// compares with.
bool needs_held_out(const Bench& bench, const Results& results) {
  const EvaluationConfig& config = bench.config;
  if (config.novelty && !results.has("novelty")) return true;
  if (bench.inputs.optimisers.empty() || !(config.novelty || config.baselines)) return false;
  return !results.has("optimisers") ||
         !results.at("optimisers").contains(bench.inputs.optimisers.front().name);
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
                        const Job& job, const Resumption& resumption) {
  const Bench bench(config, inputs, job);
  configured_samplers(config);  // throws now rather than hours from now
  const TorchThreads threads(bench.threads);
  const torch::InferenceMode inference;
  Results results(bench, resumption);

  results.section("zoo", [&] { return zoo_summary(bench); });
  results.section("generator", [&] { return generator_summary(inputs.generator); });
  results.section("one_update", [&] { return one_update(bench); });
  results.section("alignment", [&] { return alignment(bench); });
  if (inputs.critic == nullptr) results.skip("alignment.critic", "no critic was given");
  std::optional<KeepIfBetter> chain;
  const auto own = [&]() -> const KeepIfBetter& {
    if (!chain) {
      Meter meter(job, "keep if better", config.updates * config.starts);
      chain = keep_if_better(bench, config.scheme, meter);
    }
    return *chain;
  };
  results.section("recursion", [&] { return recursion(bench, own()); });
  results.growing_section("initialisers", Json::object(), [&](Json& section, const Save& save) {
    initialisers_section(bench, own, section, save);
  });
  const auto switched_off = [&](const std::string& name) {
    results.skip(name, "switched off by evaluation." + name);
  };
  if (config.diversity) {
    results.section("diversity", [&] { return diversity(bench); });
  } else {
    switched_off("diversity");
  }
  if (inputs.without_function_loss == nullptr) {
    results.skip("diversity.without_function_loss", "no generator trained without it was given");
  }
  results.section("start_dependence", [&] { return start_dependence(bench); });
  if (config.samplers.empty()) {
    results.skip("samplers", "evaluation.samplers names none");
  } else {
    results.growing_section("samplers", Json::array(), [&](Json& section, const Save& save) {
      samplers(bench, section, save);
    });
  }

  std::optional<HeldOut> held_out;
  if (needs_held_out(bench, results)) {
    results.timed("held_out",
                  [&](const Save&) { held_out = held_out_networks(bench, config.held_out); });
  }
  if (!config.novelty) {
    switched_off("novelty");
  } else if (!held_out && !results.has("novelty") && !job.stopped()) {
    results.skip("novelty", "the zoo has no test split and no optimiser was given");
  } else {
    results.section("novelty", [&] { return novelty(bench, *held_out); });
  }
  if (config.baselines) {
    results.section("baselines", [&] { return baselines(bench); });
  } else {
    switched_off("baselines");
  }
  if (inputs.optimisers.empty()) {
    results.skip("optimisers", "no optimiser was given");
  } else if (!config.novelty && !config.baselines) {
    results.skip("optimisers", "switched off with evaluation.novelty and evaluation.baselines");
  } else {
    results.growing_section("optimisers", Json::object(), [&](Json& section, const Save& save) {
      const std::vector<Optimiser::Point> none;
      optimisers(bench, held_out ? held_out->curve : none, results.at("one_update"), section, save);
    });
  }
  return results.finish();
}

}  // namespace saltus
