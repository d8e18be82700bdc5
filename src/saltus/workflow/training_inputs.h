// What a training learns from, of a zoo and its task.
#pragma once

#include "saltus/task/task.h"
#include "saltus/training/training.h"
#include "saltus/zoo/zoo.h"

namespace saltus {

// Zoo and task must outlive the result.
TrainingInputs training_inputs(const TrainingConfig& config, const Zoo& zoo, const Task& task);

}  // namespace saltus
