// The sections of the report: each turns its part of results.json into markup, and returns "" when
// that part is absent. The argument is always the whole of results.json.
#pragma once

#include <string>

#include "saltus/base/options.h"

namespace saltus {

std::string one_update_section(const Json& results);    // histogram, table, optimiser's curve
std::string alignment_section(const Json& results);     // asked against got, one chart a row
std::string samplers_section(const Json& results);      // quality against evaluations
std::string initialisers_section(const Json& results);  // grouped bars over updates
std::string recursion_section(const Json& results);
std::string diversity_section(const Json& results);  // over noise and over starts
std::string start_dependence_section(const Json& results);
std::string novelty_section(const Json& results);  // distances to the nearest training network
std::string baselines_section(const Json& results);
std::string zoo_section(const Json& results);
std::string generator_section(const Json& results);
std::string cost_section(const Json& results);
std::string environment_section(const Json& results);

}  // namespace saltus
