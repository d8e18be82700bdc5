#include "saltus/population/policy_population.h"

#include <chrono>

#include "saltus/base/error.h"
#include "saltus/task/cartpole.h"
#include "saltus/task/task.h"

namespace saltus {

std::vector<PolicyCheckpoint> train_policy(const PopulationConfig& config,
                                           std::span<const float> start, uint64_t seed,
                                           uint64_t run, int64_t* steps) {
  using Clock = std::chrono::steady_clock;
  const Isa isa = selected_isa();
  PpoRun training(config.ppo, start, seed, run, isa);
  std::vector<PolicyCheckpoint> curve;
  double seconds = 0;
  for (const int64_t iteration : config.iterations_kept(config.ppo.iterations)) {
    const auto begin = Clock::now();
    while (training.iteration() < iteration) training.iterate();
    seconds += std::chrono::duration<double>(Clock::now() - begin).count();
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

class PolicyTrainer : public RunTrainer {
 public:
  explicit PolicyTrainer(PopulationConfig config) : config_(std::move(config)) {}

  ZooDescription description() const override {
    const auto task = make_task(config_.task);
    ZooDescription description;
    description.task = config_.task.task;
    description.architecture = task->architecture().to_json();
    description.layout = task->architecture().layout();
    description.symmetry = task->architecture().symmetry();
    description.metrics = task->metrics();
    description.checkpoints =
        static_cast<int64_t>(config_.iterations_kept(config_.ppo.iterations).size());
    description.made_by = {{"saltus", SALTUS_VERSION},
                           {"arithmetic", std::string(isa_arithmetic(selected_isa()))},
                           {"configuration", config_.to_json()}};
    return description;
  }
  std::string work_unit() const override { return "env-steps"; }

  TrainedRuns train(int64_t first_run, int64_t count, const Job& job) const override {
    TrainedRuns trained;
    for (int64_t run = first_run; run < first_run + count && !job.stopped(); ++run) {
      trained.runs.push_back(train_run(config_, run, &trained.work));
    }
    return trained;
  }

 private:
  PopulationConfig config_;
};

}  // namespace

std::unique_ptr<RunTrainer> policy_trainer(const PopulationConfig& config) {
  return std::make_unique<PolicyTrainer>(config);
}

}  // namespace saltus
