// The networks an update starts from: read from files or drawn from an initialiser, and the
// updated ones written back in the same form.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "saltus/base/safetensors.h"
#include "saltus/task/task.h"

namespace saltus {

struct StartNetwork {
  std::string name;          // what output files are called after
  std::string origin;        // the file, or the init: specification with its index
  std::vector<float> theta;  // P floats
};

// The parameters in a safetensors file of named tensors, any float type. Error listing every
// missing, unexpected or misshapen tensor (expected, found), and for values that are not finite.
std::vector<float> read_network(const std::filesystem::path& file, const Layout& layout);

// The same tensors, F32, in layout order, as a state_dict that PyTorch loads.
void write_network(const std::filesystem::path& file, const Layout& layout,
                   std::span<const float> theta, const Metadata& metadata);

// `from` is a file, or "init:seed=3,scheme=orthogonal,count=8,first=0": networks drawn as the zoo
// draws its own. Error with the nearest name for unknown keys and schemes, when two networks would
// get one name, and for init: without a task, which may be null.
std::vector<StartNetwork> read_starts(const std::vector<std::string>& from, const Layout& layout,
                                      const Task* task);

}  // namespace saltus
