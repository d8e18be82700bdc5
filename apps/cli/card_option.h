// What commands ask for the card (workflow/cards.h) beside the zoo or generator they make.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace saltus {

// Declares --license.
void add_license_option(CLI::App& command, std::string& license);

}  // namespace saltus
