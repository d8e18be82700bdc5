// Text for HTML and SVG: escaping, and numbers as people read them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace saltus {

// Escapes & < > " ' so that the result is safe as element text and inside a quoted attribute.
// Control characters that XML forbids become U+FFFD.
std::string escape_markup(std::string_view text);

// About four significant digits, thousands separated by a thin space: "494.8", "49 152", "0.0012".
// "n/a" when not finite.
std::string format_number(double value);
std::string format_number(std::optional<double> value);  // "n/a" when absent

// A coordinate: two decimals at most, no trailing zeros, never an exponent.
std::string coordinate(double value);

// "seconds_per_update" -> "seconds per update".
std::string words_of(std::string_view key);

}  // namespace saltus
