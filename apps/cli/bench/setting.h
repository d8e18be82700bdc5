// What every path of the bench is given, and what several of them make first.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "bench/paths.h"
#include "configuration.h"
#include "saltus/task/task.h"
#include "saltus/zoo/zoo.h"

namespace saltus {

struct Setting {
  const Workload& workload;
  bool brief;
  std::filesystem::path scratch;
  const Job& job;

  PopulationConfig population() const {
    return read(Part::population, &Configuration::population, workload.population,
                workload.brief_population);
  }
  TrainingConfig training() const {
    return read(Part::training, &Configuration::training, workload.training,
                workload.brief_training);
  }

 private:
  template <typename Config>
  Config read(Part part, Config Configuration::*member, std::vector<std::string> overrides,
              const std::vector<std::string>& brief_ones) const {
    if (brief) overrides.insert(overrides.end(), brief_ones.begin(), brief_ones.end());
    Configuration configuration;
    configuration.read(part, workload.config, overrides);
    return configuration.*member;
  }
};

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - begin_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point begin_ = Clock::now();
};

// A zoo, in scratch/zoo, and its task.
struct Ground {
  std::shared_ptr<const Task> task;
  std::unique_ptr<Zoo> zoo;
};
std::shared_ptr<Ground> make_ground(const Setting& setting);

// The paths: see kPaths.
Path zoo_path(const Setting& setting);
Path scores_path(const Setting& setting);
Path reading_path(const Setting& setting);
Path large_path(const Setting& setting);
Path writing_path(const Setting& setting);
Path training_path(const Setting& setting);
Path updates_path(const Setting& setting);
Path start_path(const Setting& setting);

}  // namespace saltus
