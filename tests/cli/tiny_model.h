// A zoo and a generator that take seconds to make, for tests of what needs one. They have learnt
// next to nothing: tests here are about files, messages and exit codes.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace saltus::testing {

// The folder that holds zoo/ and generator/; made when it is not there.
const std::filesystem::path& tiny_model();
// Makes it anew; for the test that runs before all others.
void remake_tiny_model();

std::string tiny_zoo();
std::string tiny_generator();
// A zoo's files by name, but for build.json: only the time differs from build to build.
std::map<std::string, std::string> zoo_contents(const std::filesystem::path& zoo);

// The key=value options they are made with.
std::vector<std::string> tiny_zoo_options();
std::vector<std::string> tiny_training_options();

// `first` followed by `more`.
std::vector<std::string> operator+(std::vector<std::string> first,
                                   const std::vector<std::string>& more);

}  // namespace saltus::testing
