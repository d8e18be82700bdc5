// How a zoo's metrics spread over its runs in the course of their training.
#pragma once

#include <filesystem>

#include "saltus/base/options.h"

namespace saltus {

// Reads the metrics of all runs of a zoo (docs/zoo-format.md), not their parameters:
// {"hash", "runs", "iteration": [C], "metrics": {name: {"0.05": [C], "0.25", "0.5", "0.75",
// "0.95"}}} where iteration is the runs' median at that checkpoint and quantiles are linear between
// neighbours. Error naming the file when it is no such zoo or holds no run.
Json read_zoo_bands(const std::filesystem::path& zoo);

}  // namespace saltus
