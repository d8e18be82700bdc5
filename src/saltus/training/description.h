// What a generator to be trained is for, from its configuration and zoo.
#pragma once

#include <vector>

#include "saltus/generator/generator.h"
#include "saltus/training/training_config.h"
#include "saltus/zoo/zoo.h"

namespace saltus {

// The columns of the conditioning metrics in the zoo: its first where none is named. Error for a
// name it does not have, or one given twice.
std::vector<size_t> metric_columns(const TrainingConfig& config, const Zoo& zoo);

// Conditioned by these columns, whose ranges are those of the training split.
GeneratorDescription describe_generator(const TrainingConfig& config, const Zoo& zoo,
                                        const std::vector<size_t>& columns);

}  // namespace saltus
