// The hot paths that `saltus bench` runs, one function each.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "bench/workload.h"
#include "saltus/base/job.h"

namespace saltus {

// One run of a path.
struct Measured {
  double work = 0;     // in the workload's unit
  double seconds = 0;  // of that work alone: set-up is not counted
  double score = 0;    // what the run came to (a loss, say): the work was done, and done right
};

// May be called again and again; every call does the same work.
using Path = std::function<Measured()>;

std::vector<std::string> path_names();

// Error for a key=value that the workload's configurations do not take, or a file that is not
// there.
void check_workload(const Workload& workload, bool brief);

// Makes what the path needs, untimed, in `scratch`. `job` must outlive the result. Error as the
// commands give it.
Path prepare_path(const Workload& workload, bool brief, const std::filesystem::path& scratch,
                  const Job& job);

}  // namespace saltus
