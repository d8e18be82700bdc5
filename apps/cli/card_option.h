// The card (README.md) that commands leave beside the zoo or generator they made.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>

namespace saltus {

// Declares --license.
void add_license_option(CLI::App& command, std::string& license);

// Nothing is written for a zoo that is not there or not complete.
void leave_zoo_card(const std::filesystem::path& folder, const std::string& license);
void leave_generator_card(const std::filesystem::path& folder, const std::string& license);

}  // namespace saltus
