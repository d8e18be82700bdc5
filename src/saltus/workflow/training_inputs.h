// What a training learns from, of a zoo and its task.
#pragma once

#include <c10/core/Device.h>

#include "saltus/task/task.h"
#include "saltus/training/training.h"
#include "saltus/zoo/zoo.h"

namespace saltus {

// For a training on `device`. Zoo and task must outlive the result.
TrainingInputs training_inputs(const TrainingConfig& config, const Zoo& zoo, const Task& task,
                               const at::Device& device);

}  // namespace saltus
