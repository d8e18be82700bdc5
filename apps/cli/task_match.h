// Zoo, generator and task must speak of the same network.
#pragma once

#include <memory>

#include "saltus/generator/generator.h"
#include "saltus/task/task.h"
#include "saltus/zoo/zoo.h"

namespace saltus {

// The task a zoo is of. Error when this program has no such task, or the task's network has
// another layout than the zoo's; warns when the zoo's build is not complete.
std::shared_ptr<const Task> task_of_zoo(const Zoo& zoo);

// The same for a generator.
std::shared_ptr<const Task> task_of_generator(const Generator& generator);

// Error unless the generator was made for the zoo's task.
void check_same_task(const Generator& generator, const Zoo& zoo);

}  // namespace saltus
