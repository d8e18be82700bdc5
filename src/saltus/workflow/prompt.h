// Metric values as users write them: return=500.
#pragma once

#include <string>
#include <vector>

#include "saltus/generator/generator.h"

namespace saltus {

// The values, in the order of the generator's metrics, of texts like "return=500" given to
// `option` ("--prompt"). Error for text without a number, an unknown metric (nearest name), a
// metric given twice or left out. Of `Wanted::some`, those left out are NaN, but not all may be.
enum class Wanted { all, some };
std::vector<double> parse_metric_values(const std::string& option,
                                        const std::vector<std::string>& texts,
                                        const std::vector<Metric>& metrics,
                                        Wanted wanted = Wanted::all);

// One warning for each prompt outside the range the generator has seen, by more than the metric's
// resolution.
std::vector<std::string> range_warnings(const std::vector<double>& prompt,
                                        const GeneratorDescription& description);

// "return=500, loss=0.3".
std::string metric_values_text(const std::vector<Metric>& metrics, const float* values);

}  // namespace saltus
