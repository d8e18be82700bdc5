// Reading results.json (docs/results-schema.md) without assuming that anything is there.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "saltus/base/options.h"

namespace saltus {

// The value at a path such as "one_update/start"; nullptr when any step is absent or null.
const Json* find_value(const Json& json, std::string_view path);

// A finite number, a text, an array; absent when missing or of another type. `text_at` also turns
// numbers and booleans into text.
std::optional<double> number_at(const Json& json, std::string_view path);
std::string text_at(const Json& json, std::string_view path, std::string_view fallback = "n/a");
std::vector<Json> list_at(const Json& json, std::string_view path);

// numbers_of([{"x": 1}, {"x": null}], "x") = {1, NaN}: one a row, so columns stay aligned.
std::vector<double> numbers_of(const std::vector<Json>& rows, std::string_view path);
// All finite numbers of the array at `path`.
std::vector<double> numbers_at(const Json& json, std::string_view path);

// A "distribution" of the schema.
struct Distribution {
  std::optional<double> count, mean, std, min, max, p05, p50, p95;
  std::vector<std::pair<std::string, double>> share_at_least;  // threshold, share 0..1

  bool empty() const { return !mean; }
  std::string spread_text() const;  // "494.8 ± 0.5": as many decimals for std as for the mean
  std::string text() const;         // "494.8 ± 0.5 (n = 256)"
  std::string shares() const;       // "99.6 % at 470 or better, 98 % at 490 or better"
};
Distribution distribution_at(const Json& json, std::string_view path);  // path "": `json` itself

// How the networks of the results, or of the object `part` of them, were measured: "128 episodes a
// network" where that is recorded, else "scored on test".
std::string measured_text(const Json& results, const Json& part);

std::string spelled_optimiser(const std::string& key);  // its usual spelling: "adamw" -> "AdamW"

}  // namespace saltus
