// The optimisers an evaluation compares with, from what a zoo records of its own training.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "saltus/evaluation/evaluation.h"
#include "saltus/population/population.h"

namespace saltus {

// The zoo's own optimiser first, if the zoo records its configuration; for image tasks then a grid
// of SGD with Nesterov momentum and Adam: learning rates a factor of about 3 apart, each constant
// and on a cosine over `tuned_steps`, batches of 128. None at all for a zoo that was imported.
std::vector<Optimiser> optimisers_of(const Zoo& zoo, std::shared_ptr<const Task> task,
                                     int64_t tuned_steps);

// What a zoo records of how its runs were made; only of a zoo that was built here.
PopulationConfig recorded_configuration(const Zoo& zoo);

// About 30 iterations from 0 to `last`, both included, denser at first.
std::vector<int64_t> milestones(int64_t last);

}  // namespace saltus
