// What the two executables share: `saltus` (main.cc) and `saltus-engine` (engine.cc).
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "command.h"

namespace saltus {

// Parses the command line of a program whose commands `declare` adds, runs the one asked for and
// returns the exit code. Errors are printed, as what they are or as one of usage.
int run_program(int argc, char** argv, const std::string& description,
                const std::function<void(CLI::App&, Action&)>& declare);

}  // namespace saltus
