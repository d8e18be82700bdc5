// One network trained as an ordinary optimiser would, to compare an update with.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "saltus/base/job.h"
#include "saltus/task/task.h"
#include "saltus/zoo/zoo.h"

namespace saltus {

struct TrainingPoint {
  int64_t step = 0;
  double seconds = 0;  // to get there
  std::vector<float> theta;
};

struct SingleTraining {
  std::string optimiser;
  std::vector<TrainingPoint> points;  // the start, some on the way, and the end
};

// Trains `start` (P floats) for `steps` steps, an iteration of PPO or a mini-batch each, with the
// recipe that `zoo` records (null, or one without: the task's default), whose schedules then end at
// the last step. Returns early, with fewer points, when job.stopped(); reports every step.
SingleTraining train_from(const Zoo* zoo, const Task& task, std::span<const float> start,
                          int64_t steps, uint64_t seed, const Job& job);

}  // namespace saltus
