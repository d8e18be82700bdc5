// A zoo and a generator that take seconds to make, for tests of what needs one. They have learnt
// next to nothing: tests here are about files, messages and exit codes.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace saltus::testing {

// The folder that holds zoo/ and generator/; made when it is not there.
const std::filesystem::path& tiny_model();
// Makes it anew; for the test that runs before all others.
void remake_tiny_model();

std::string tiny_zoo();
std::string tiny_generator();
// Whether two zoos hold the same files, but for build.json: the time differs from build to build.
::testing::AssertionResult same_zoo(const std::filesystem::path& a, const std::filesystem::path& b);

// The key=value options they are made with.
std::vector<std::string> tiny_zoo_options();
std::vector<std::string> tiny_training_options();

// `first` followed by `more`.
std::vector<std::string> operator+(std::vector<std::string> first,
                                   const std::vector<std::string>& more);

}  // namespace saltus::testing
