// What zoo and generator took to make, for results that speak of cost.
#pragma once

#include <filesystem>

#include "saltus/base/options.h"

namespace saltus {

// Fills in the seconds of `results` (results.json) from the files beside a zoo and a generator's
// file, null where there are none: times stand beside them, not in them, since the same work gives
// the same bytes.
void add_recorded_times(const std::filesystem::path& zoo, const std::filesystem::path& model,
                        Json& results);

}  // namespace saltus
