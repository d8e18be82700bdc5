#include "saltus/report/lookup.h"

#include <fmt/format.h>

#include <cctype>
#include <cmath>
#include <limits>

#include "saltus/report/markup.h"

namespace saltus {
namespace {

constexpr const char* kGlue = "\xC2\xA0";  // a space at which no line breaks

}  // namespace

const Json* find_value(const Json& json, std::string_view path) {
  const Json* value = &json;
  while (!path.empty()) {
    const size_t slash = path.find('/');
    const std::string key(path.substr(0, slash));
    path = slash == std::string_view::npos ? "" : path.substr(slash + 1);
    if (!value->is_object()) return nullptr;
    const auto it = value->find(key);
    if (it == value->end()) return nullptr;
    value = &*it;
  }
  return value->is_null() ? nullptr : value;
}

std::optional<double> number_at(const Json& json, std::string_view path) {
  const Json* value = find_value(json, path);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  const double number = value->get<double>();
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

std::string text_at(const Json& json, std::string_view path, std::string_view fallback) {
  const Json* value = find_value(json, path);
  if (value == nullptr || value->is_structured()) return std::string(fallback);
  if (value->is_string()) return value->get<std::string>();
  if (value->is_boolean()) return value->get<bool>() ? "yes" : "no";
  return format_number(value->get<double>());
}

std::vector<Json> list_at(const Json& json, std::string_view path) {
  const Json* value = find_value(json, path);
  if (value == nullptr || !value->is_array()) return {};
  return {value->begin(), value->end()};
}

std::vector<double> numbers_of(const std::vector<Json>& rows, std::string_view path) {
  std::vector<double> numbers;
  for (const Json& row : rows) {
    numbers.push_back(number_at(row, path).value_or(std::numeric_limits<double>::quiet_NaN()));
  }
  return numbers;
}

std::vector<double> numbers_at(const Json& json, std::string_view path) {
  std::vector<double> numbers;
  for (const Json& value : list_at(json, path)) {
    if (value.is_number()) numbers.push_back(value.get<double>());
  }
  return numbers;
}

std::string Distribution::spread_text() const {
  if (empty()) return "n/a";
  if (!std) return format_number(mean);
  const std::string rounded = std::abs(*mean) >= 100 ? fmt::format("{:.1f}", *std) : "0.0";
  return format_number(mean) + kGlue + "±" + kGlue +
         (rounded == "0.0" ? format_number(std) : rounded);
}

std::string Distribution::text() const {
  std::string out = spread_text();
  if (count) out += kGlue + std::string("(n") + kGlue + "=" + kGlue + format_number(count) + ")";
  return out;
}

std::string Distribution::shares() const {
  std::string out;
  for (const auto& [threshold, share] : share_at_least) {
    if (!out.empty()) out += ", ";
    out += fmt::format("{} % at {} or better", format_number(100 * share), threshold);
  }
  return out;
}

Distribution distribution_at(const Json& json, std::string_view path) {
  Distribution out;
  const Json* value = find_value(json, path);
  if (value == nullptr) return out;
  out.count = number_at(*value, "count");
  out.mean = number_at(*value, "mean");
  out.std = number_at(*value, "std");
  out.min = number_at(*value, "min");
  out.max = number_at(*value, "max");
  out.p05 = number_at(*value, "p05");
  out.p50 = number_at(*value, "p50");
  out.p95 = number_at(*value, "p95");
  const Json* shares = find_value(*value, "share_at_least");
  if (shares != nullptr && shares->is_object()) {
    for (const auto& [threshold, share] : shares->items()) {
      if (share.is_number()) out.share_at_least.emplace_back(threshold, share.get<double>());
    }
  }
  return out;
}

std::string measured_text(const Json& results, const Json& part) {
  if (number_at(part, "episodes")) return text_at(part, "episodes") + " episodes a network";
  return "scored on " + text_at(results, "scored_on", "data of their own");
}

std::string spelled_optimiser(const std::string& key) {
  if (key == "adam") return "Adam";
  if (key == "adamw") return "AdamW";
  std::string out = key;
  for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace saltus
