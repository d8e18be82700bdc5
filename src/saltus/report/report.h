// results.json -> one self-contained HTML file: the results as JSON, and inline style and script
// that draw them (web/src/report). Nothing comes from a network.
#pragma once

#include <string>
#include <vector>

#include "saltus/base/options.h"

namespace saltus {

struct ReportInput {
  std::string name;  // where the results came from, as the user calls it
  Json results;      // as docs/results-schema.md describes them
  Json zoo;          // read_zoo_bands(), or null
  Json training;     // read_training_log(), or null
};

// A page that shows one input, or several side by side. Absent sections are the page's concern.
// Error when there is no input, one is no object or of another format, or its zoo is not the one
// that it was evaluated with.
std::string render_report(const std::vector<ReportInput>& inputs);

}  // namespace saltus
