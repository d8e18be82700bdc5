#include "saltus/population/population.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <mutex>

#include "saltus/base/error.h"
#include "saltus/network/initialiser.h"
#include "saltus/task/cartpole.h"
#include "saltus/task/task.h"

namespace saltus {

namespace {
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// The resolved configuration, as it is written beside the zoo. Threads and place are no part of it.
Json resolved(PopulationConfig config) {
  Options options;
  config.declare(options);
  return options.to_json();
}
}  // namespace

void PopulationConfig::declare(Options& options) {
  options.choice("population.task", task, task_names(), "what the networks are for");
  options.add("population.runs", runs, "trainings in the zoo", {1, 1e8});
  options.add("population.first_run", first_run, "id of the first; for building a zoo in parts",
              {0, 1e12});
  options.add("population.seed", seed, "of every random number", {0, 9e15});
  options.add("population.initialisers", initialisers, "start networks, taken in turn");
  options.add("population.checkpoints", checkpoints, "kept of a run, dense while policies improve",
              {2, 1e6});
  options.add("population.checkpoint_iterations", checkpoint_iterations,
              "kept iterations, ascending; instead of population.checkpoints", {0, 1e9});
  options.add("population.episodes", episodes, "full episodes behind every return (multiple of 64)",
              {64, 1e6});
  options.add("population.runs_per_shard", runs_per_shard, "runs in a file", {1, 1e6});
  ppo.declare(options);
}

void PopulationConfig::validate() const {
  ppo.validate();
  if (task != "cartpole") {
    fail("population.task: expected cartpole, the only task with a population, found \"{}\"", task);
  }
  if (initialisers.empty()) fail("population.initialisers: expected at least one name, found none");
  const auto cartpole = make_task(task);
  for (const std::string& scheme : initialisers)
    cartpole->fresh_network(scheme, 0, 0);  // throws if unknown
  if (episodes % kMlpBlock != 0) {
    fail("population.episodes: expected a multiple of {}, found {}", kMlpBlock, episodes);
  }
  if (checkpoint_iterations.empty() && checkpoints > ppo.iterations + 1) {
    fail("population.checkpoints: expected at most ppo.iterations + 1 = {}, found {}",
         ppo.iterations + 1, checkpoints);
  }
  for (size_t i = 0; i < checkpoint_iterations.size(); ++i) {
    const int64_t low = i == 0 ? 0 : checkpoint_iterations[i - 1] + 1;
    if (checkpoint_iterations[i] < low || checkpoint_iterations[i] > ppo.iterations) {
      fail(
          "population.checkpoint_iterations: expected ascending numbers up to ppo.iterations = {}, "
          "found {} at place {}",
          ppo.iterations, checkpoint_iterations[i], i + 1);
    }
  }
}

std::vector<int64_t> PopulationConfig::iterations_kept() const {
  return checkpoint_iterations.empty() ? default_checkpoints(ppo.iterations, checkpoints)
                                       : checkpoint_iterations;
}

const std::string& scheme_of_run(const PopulationConfig& config, int64_t run) {
  return config.initialisers[static_cast<size_t>(run) % config.initialisers.size()];
}

std::vector<int64_t> default_checkpoints(int64_t last, int64_t count) {
  check(count >= 2 && count <= last + 1, "2 to last + 1 checkpoints");
  std::vector<int64_t> kept(static_cast<size_t>(count));
  const double bend = 0.75, bend_at = 0.4 * static_cast<double>(last);
  for (int64_t i = 0; i < count; ++i) {
    const double x = static_cast<double>(i) / static_cast<double>(count - 1);
    const double at =
        x < bend ? x / bend * bend_at
                 : bend_at + (x - bend) / (1 - bend) * (static_cast<double>(last) - bend_at);
    // Room must remain on both sides for the others, one iteration each.
    const int64_t low = i == 0 ? 0 : kept[static_cast<size_t>(i) - 1] + 1;
    kept[static_cast<size_t>(i)] =
        std::clamp<int64_t>(std::llround(at), low, last - (count - 1 - i));
  }
  return kept;
}

std::vector<PolicyCheckpoint> train_policy(const PopulationConfig& config,
                                           std::span<const float> start, uint64_t seed,
                                           uint64_t run, int64_t* steps) {
  const Isa isa = selected_isa();
  PpoRun training(config.ppo, start, seed, run, isa);
  std::vector<PolicyCheckpoint> curve;
  double seconds = 0;
  for (const int64_t iteration : config.iterations_kept()) {
    const auto begin = Clock::now();
    while (training.iteration() < iteration) training.iterate();
    seconds += seconds_since(begin);
    const RandomStream stream(seed, fmt::format("population.returns.{}", iteration), run);
    const CartpoleScore score =
        play_cartpole(training.actor(), stream, config.episodes, false, isa);
    curve.push_back({iteration, seconds, training.theta(), score.mean_return});
    if (steps != nullptr) *steps += score.steps;
  }
  if (steps != nullptr) *steps += training.iteration() * config.ppo.samples();
  return curve;
}

Run train_run(const PopulationConfig& config, int64_t run, int64_t* steps) {
  const auto seed = static_cast<uint64_t>(config.seed);
  const auto index = static_cast<uint64_t>(run);
  const std::vector<float> start =
      make_task(config.task)->fresh_network(scheme_of_run(config, run), seed, index);
  Run result;
  result.id = run;
  for (const PolicyCheckpoint& point : train_policy(config, start, seed, index, steps)) {
    result.iteration.push_back(point.iteration);
    result.metrics.push_back(static_cast<float>(point.mean_return));
    result.parameters.insert(result.parameters.end(), point.parameters.begin(),
                             point.parameters.end());
  }
  return result;
}

namespace {

ZooDescription describe(const PopulationConfig& config) {
  const auto task = make_task(config.task);
  ZooDescription description;
  description.task = config.task;
  description.architecture = task->architecture().to_json();
  description.layout = task->architecture().layout();
  description.symmetry = task->architecture().symmetry();
  description.metrics = task->metrics();
  description.checkpoints = static_cast<int64_t>(config.iterations_kept().size());
  description.made_by = {{"saltus", SALTUS_VERSION},
                         {"arithmetic", std::string(isa_arithmetic(selected_isa()))},
                         {"configuration", resolved(config)}};
  return description;
}

// Takes runs as they finish, in any order, and hands them to the writer in order.
class Collector {
 public:
  Collector(const PopulationConfig& config, ZooWriter& writer, const Job& job)
      : config_(config), writer_(writer), job_(job), next_(writer.next_run()), first_(next_) {}

  int64_t remaining() const { return config_.first_run + config_.runs - first_; }
  int64_t first() const { return first_; }
  bool complete() const { return next_ == config_.first_run + config_.runs; }

  void add(Run run, int64_t steps) {
    const std::scoped_lock lock(mutex_);
    steps_ += steps;
    waiting_.emplace(run.id, std::move(run));
    for (auto run_at = waiting_.find(next_); run_at != waiting_.end();
         run_at = waiting_.find(next_)) {
      writer_.append(std::move(run_at->second));
      waiting_.erase(run_at);
      ++next_;
    }
    report();
  }
  void report() const {
    const double seconds = std::max(seconds_since(begin_), 1e-9);
    const int64_t built = next_ - first_ + static_cast<int64_t>(waiting_.size());
    Progress progress;
    progress.stage = "zoo";
    progress.done = built + first_ - config_.first_run;
    progress.total = config_.runs;
    progress.unit = "runs";
    progress.figures = {{"runs/s", static_cast<double>(built) / seconds},
                        {"env-steps/s", static_cast<double>(steps_) / seconds}};
    job_.report(progress);
  }

 private:
  const PopulationConfig& config_;
  ZooWriter& writer_;
  const Job& job_;
  const Clock::time_point begin_ = Clock::now();
  std::mutex mutex_;
  std::map<int64_t, Run> waiting_;
  int64_t next_, first_, steps_ = 0;
};

}  // namespace

void build_zoo(const PopulationConfig& config, const std::filesystem::path& folder,
               const Job& job) {
  config.validate();
  ZooWriter writer(folder, describe(config), config.runs, config.runs_per_shard, config.first_run);
  Collector collector(config, writer, job);
  collector.report();
  parallel_for(collector.remaining(), thread_count(job), [&](int64_t i) {
    if (job.stopped()) return;
    int64_t steps = 0;
    Run run = train_run(config, collector.first() + i, &steps);
    collector.add(std::move(run), steps);
  });
  if (collector.complete()) writer.finish();
}

}  // namespace saltus
