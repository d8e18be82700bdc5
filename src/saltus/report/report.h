// results.json -> one self-contained HTML file: inline style, script and SVG, nothing from a
// network.
#pragma once

#include <string>

#include "saltus/base/options.h"

namespace saltus {

// `results` as docs/results-schema.md describes it. Sections that are absent leave a note with
// their reason; unknown keys are ignored. Error when `results` is no object or of another format.
std::string render_report(const Json& results);

}  // namespace saltus
