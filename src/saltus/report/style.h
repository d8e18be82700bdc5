// The style sheet and the script of the report, inlined into every page.
#pragma once

#include <string_view>

namespace saltus {

extern const std::string_view kStyleSheet;
// Switches between the system's, the light and the dark theme, and remembers the choice.
extern const std::string_view kThemeScript;

}  // namespace saltus
