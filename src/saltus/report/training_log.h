// The log that a generator's training keeps.
#pragma once

#include <filesystem>

#include "saltus/base/options.h"

namespace saltus {

// The objects of FOLDER/metrics.jsonl, one a validation, as a list. A last line without its end is
// left away: the training may be running. Error naming file and line when another is no object.
Json read_training_log(const std::filesystem::path& folder);

}  // namespace saltus
