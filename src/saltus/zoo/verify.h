// Reading every byte of a zoo and saying what is wrong with it, and a summary people read.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saltus/base/job.h"
#include "saltus/zoo/zoo.h"

namespace saltus {

// Problems found, worst first, each "file: what: expected, found"; empty when the zoo is sound.
// Checks layout, sizes, hashes, NaN, |θ| > 10, duplicate runs, iteration order, and that no split
// of runs is empty. Goes on after the first problem.
std::vector<std::string> verify_zoo(const std::filesystem::path& folder, const Job& job);

// What `saltus zoo info` prints: runs by split, checkpoints, bytes, how it was made, and the
// quantiles (5, 25, 50, 75, 95 %) of each metric over the course of training.
std::string describe_zoo(const Zoo& zoo);
Json zoo_summary(const Zoo& zoo);  // the same as data

}  // namespace saltus
