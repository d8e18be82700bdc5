// A peer of `saltus bench`: the same work, done by a Python script as a practitioner would do it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bench/paths.h"

namespace saltus {

// Runs `python script --variant VARIANT --threads N [--brief]` and reads {"work", "seconds",
// "score"} from the last line it prints. Error with what it printed instead and how it ended, or
// when there is no such program.
Measured run_peer(const std::filesystem::path& python, const std::filesystem::path& script,
                  const std::string& variant, int threads, bool brief);

}  // namespace saltus
