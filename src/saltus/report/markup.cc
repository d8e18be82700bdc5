#include "saltus/report/markup.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace saltus {

std::string escape_markup(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') {
          out += "\xEF\xBF\xBD";
        } else {
          out += c;
        }
    }
  }
  return out;
}

namespace {

constexpr std::string_view kThinSpace = "\xE2\x80\x89";

std::string without_trailing_zeros(std::string text) {
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

std::string with_thousands(const std::string& digits) {
  std::string out;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += kThinSpace;
    out += digits[i];
  }
  return out;
}

}  // namespace

std::string format_number(double value) {
  if (!std::isfinite(value)) return "n/a";
  const double size = std::abs(value);
  if (size >= 1e15) return fmt::format("{:.3e}", value);
  if (size >= 9999.5) {
    return (value < 0 ? "-" : "") + with_thousands(fmt::format("{:.0f}", size));
  }
  if (size >= 1000) return without_trailing_zeros(fmt::format("{:.0f}", value));
  if (size >= 100) return without_trailing_zeros(fmt::format("{:.1f}", value));
  if (size >= 1) return without_trailing_zeros(fmt::format("{:.2f}", value));
  return fmt::format("{:.3g}", value);
}

std::string format_number(std::optional<double> value) {
  return value ? format_number(*value) : "n/a";
}

std::string coordinate(double value) {
  return without_trailing_zeros(fmt::format("{:.2f}", value));
}

std::string words_of(std::string_view key) {
  std::string out(key);
  std::replace(out.begin(), out.end(), '_', ' ');
  return out;
}

}  // namespace saltus
