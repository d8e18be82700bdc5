#include "saltus/population/population.h"

#include <algorithm>
#include <cmath>

#include "saltus/base/error.h"
#include "saltus/network/initialiser.h"
#include "saltus/population/image_population.h"
#include "saltus/population/policy_population.h"
#include "saltus/task/cartpole.h"
#include "saltus/task/image_task.h"

namespace saltus {

void PopulationConfig::declare_shared(Options& options, bool policy, bool images) {
  options.add("population.runs", runs, "trainings in the zoo", {1, 1e8});
  options.add("population.first_run", first_run, "id of the first", {0, 1e12});
  options.add("population.seed", seed, "of every random number", {0, 9e15});
  options.add("population.initialisers", initialisers, "start networks, taken in turn");
  options.add("population.checkpoints", checkpoints, "kept of a run, dense while networks improve",
              {2, 1e6});
  options.add("population.checkpoint_iterations", checkpoint_iterations,
              "kept iterations, ascending; instead of population.checkpoints", {0, 1e9});
  if (policy) {
    options.add("population.episodes", episodes,
                "cart-pole: full episodes behind every return (multiple of 64)", {64, 1e6});
  }
  options.add("population.runs_per_shard", runs_per_shard, "runs in a file", {1, 1e6});
  if (images) {
    options.choice("population.dtype", dtype, {"f32", "bf16", "f16"},
                   "image tasks: of the stored parameters");
  }
}

void PopulationConfig::declare(Options& options) {
  task.declare(options);
  declare_shared(options, true, true);
  ppo.declare(options);
  supervised.declare(options);
}

Json PopulationConfig::to_json() const {
  PopulationConfig copy = *this;  // options bind to fields that can change
  Options options;
  if (is_policy()) {
    options.choice("population.task", copy.task.task, task_names(), "");
    copy.declare_shared(options, true, false);
    copy.ppo.declare(options);
  } else {
    copy.task.declare_networks(options);
    copy.declare_shared(options, false, true);
    copy.supervised.declare(options);
  }
  return options.to_json();
}

void PopulationConfig::validate(const Task& made) const {
  if (is_policy()) {
    ppo.validate();
  } else {
    supervised.validate();
  }
  if (initialisers.empty()) fail("population.initialisers: expected at least one name, found none");
  for (const std::string& scheme : initialisers)
    made.fresh_network(scheme, 0, 0);  // throws if unknown
  if (!is_policy()) return;
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

std::vector<int64_t> PopulationConfig::iterations_kept(int64_t last) const {
  if (!checkpoint_iterations.empty()) return checkpoint_iterations;
  if (is_policy()) return default_checkpoints(last, checkpoints);
  return spaced_iterations(supervised.spacing, last, checkpoints, static_cast<uint64_t>(seed));
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

int64_t build_zoo(const PopulationConfig& config, const std::filesystem::path& folder,
                  const Job& job, const ZooPart& part) {
  const auto task = make_task(config.task);
  config.validate(*task);
  const ZooPlan plan = plan_of_part(
      {.runs = config.runs, .first_run = config.first_run, .runs_per_shard = config.runs_per_shard},
      part);
  if (config.is_policy()) {
    if (job.device != "cpu") {
      fail("zoo build: expected --device cpu, where cart-pole's policies are trained, found {}",
           job.device);
    }
    return build_zoo(*policy_trainer(config), plan, folder, job);
  }
  const auto images = std::dynamic_pointer_cast<const ImageTask>(task);
  check(images != nullptr, "a task that is no policy is about images");
  return build_zoo(*image_trainer(image_population(config, images, job.device)), plan, folder, job);
}

}  // namespace saltus
