// README.md beside a zoo or a generator: what it is, how it was made, how to use it, in the form
// that model and dataset hubs show (a YAML block of metadata, then Markdown).
#pragma once

#include <filesystem>
#include <string>

#include "saltus/generator/generator.h"
#include "saltus/zoo/zoo.h"

namespace saltus {

// `license` is a hub's identifier, as in apache-2.0; "unknown" says that nobody has chosen one.
std::string zoo_card(const Zoo& zoo, const std::string& license);
std::string generator_card(const Generator& generator, const std::string& license);

// Writes README.md. One that its owner has taken over, by deleting the line that says so, stays.
void write_card(const std::filesystem::path& folder, const std::string& card);

// The card of what lies in a folder. Nothing is written for a zoo that is not there or not
// complete.
void write_zoo_card(const std::filesystem::path& folder, const std::string& license);
void write_generator_card(const std::filesystem::path& folder, const std::string& license);

}  // namespace saltus
