// The networks an update starts from: read from files or drawn from an initialiser.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saltus/exchange/network_file.h"
#include "saltus/task/task.h"

namespace saltus {

struct StartNetwork {
  std::string name;          // what output files are called after
  std::string origin;        // the file, or the init: specification with its index
  std::vector<float> theta;  // P floats
};

// `from` is a file, or "init:seed=3,scheme=orthogonal,count=8,first=0": networks drawn as the zoo
// draws its own. Error with the nearest name for unknown keys and schemes, when two networks would
// get one name, and for init: without a task, which may be null.
std::vector<StartNetwork> read_starts(const std::vector<std::string>& from, const Layout& layout,
                                      const Task* task);

}  // namespace saltus
