// Metric values that requests give: {"return": 495}.
#pragma once

#include <string>
#include <vector>

#include "saltus/server/catalogue.h"
#include "saltus/server/request_reader.h"

namespace saltus {

// The values of the model's metrics in its order, NaN for those not given. A fault for an unknown
// metric (nearest name), and when there is none at all.
std::vector<double> read_prompt(ObjectReader& reader, const std::string& key,
                                const ServedModel& model);
// All of them, or none where the key is absent.
std::vector<double> read_start_metric(ObjectReader& reader, const std::string& key,
                                      const ServedModel& model);

}  // namespace saltus
