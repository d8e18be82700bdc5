// Zoo, generator and task must speak of the same network.
#pragma once

#include <memory>
#include <string>

#include "saltus/generator/generator.h"
#include "saltus/task/task.h"
#include "saltus/zoo/zoo.h"

namespace saltus {

// The task a zoo is of, on the data in folder `data` (empty: $SALTUS_DATA/TASK). Error when this
// program has no such task, the task's network has another layout than the zoo's, or the data is
// missing, faulty or of another shape.
std::shared_ptr<const Task> task_of_zoo(const Zoo& zoo, const std::string& data);

// The same for a generator. Null when it was made for a task that is none of this program's: then
// its networks are measured elsewhere.
std::shared_ptr<const Task> task_of_generator(const Generator& generator, const std::string& data);

// Error unless the generator was made for the zoo's task and networks.
void check_same_task(const Generator& generator, const Zoo& zoo);

}  // namespace saltus
