// What a training learns from, of a zoo and its task.
#pragma once

#include "saltus/task/task.h"
#include "saltus/training/training.h"
#include "saltus/zoo/zoo.h"

namespace saltus {

// For a training as that job; without a task, the zoo alone. Zoo and task must outlive the result,
// which is worth nothing once job.stopped().
TrainingInputs training_inputs(const TrainingConfig& config, const Zoo& zoo, const Task* task,
                               const Job& job);

}  // namespace saltus
