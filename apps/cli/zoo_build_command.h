// The commands of `saltus zoo` that make a zoo of trainings, and the time that took.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>

#include "command.h"

namespace saltus {

void add_zoo_build(CLI::App& zoo, Action& action);
void add_zoo_merge(CLI::App& zoo, Action& action);

// Seconds of all calls that built the zoo, in its build.json: time stands beside the zoo, not in
// it, so that the same build gives the same bytes. 0 where there is none.
double recorded_build_seconds(const std::filesystem::path& folder);
void record_build_seconds(const std::filesystem::path& folder, double seconds);

}  // namespace saltus
