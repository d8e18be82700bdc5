// Numbers of networks and metrics as JSON has them.
#pragma once

#include <span>
#include <vector>

#include "saltus/base/options.h"
#include "saltus/network/layout.h"
#include "saltus/network/metric.h"

namespace saltus {

Json json_number(double value);  // null unless finite
Json json_number(float value);   // the shortest decimal that reads back the same
Json json_numbers(std::span<const float> values);

// {"return": 12.5}: M values.
Json metric_values(const std::vector<Metric>& metrics, const float* values);

Json tensor_shapes(const Layout& layout);                                // [{"name", "shape"}]
Json tensor_values(const Layout& layout, std::span<const float> theta);  // with "values"

}  // namespace saltus
