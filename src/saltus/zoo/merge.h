// One zoo out of those built in parts.
#pragma once

#include <filesystem>
#include <vector>

#include "saltus/base/job.h"

namespace saltus {

// Joins complete zoos, in any order, whose run ids follow each other and whose descriptions are the
// same into `folder`: the bytes of a zoo that was built at once. Shards are hard links where the
// file system allows it, copies elsewhere; the parts stay as they are. A folder with a merge of the
// same parts, whole or begun, is continued. Returns early when job.stopped(). Error, before
// anything is written, that names the part which is incomplete, missing, there twice or different.
// (That the first or last is missing shows where the parts record the whole's range of runs.)
void merge_zoos(const std::vector<std::filesystem::path>& parts,
                const std::filesystem::path& folder, const Job& job);

// Error unless `folder` is one that merge_zoos would begin or continue to write to: new, empty, or
// with nothing but what a merge that was stopped left there.
void check_merge_folder(const std::filesystem::path& folder);

}  // namespace saltus
