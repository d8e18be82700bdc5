// A smaller zoo out of a larger one.
#pragma once

#include <cstdint>
#include <filesystem>

#include "saltus/base/job.h"
#include "saltus/zoo/zoo.h"

namespace saltus {

// Writes the runs of `zoo` whose ids are the first `runs` of its range to `folder`, with every
// checkpoint as it stands. Its made_by names the source's hash. A folder with a part of the same
// subset is continued. Returns early when job.stopped(). Error for more runs than there are and for
// an incomplete zoo.
void subset_zoo(const Zoo& zoo, int64_t runs, const std::filesystem::path& folder, const Job& job);

}  // namespace saltus
