// Golden fixtures: numbers of the reference implementation, stored as safetensors.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <span>
#include <string>

namespace saltus::testing {

// The path of a fixture: in the folder $SALTUS_GOLDEN where that is set and has it, else in
// tests/golden.
inline std::filesystem::path golden_path(const std::string& name) {
  if (const char* folder = std::getenv("SALTUS_GOLDEN"); folder != nullptr) {
    if (const auto path = std::filesystem::path(folder) / name; std::filesystem::exists(path)) {
      return path;
    }
  }
  return std::filesystem::path(SALTUS_SOURCE_DIR "/tests/golden") / name;
}

// max |a - b|; infinite when the sizes differ or a difference is NaN, so that no test passes by it.
template <typename A, typename B>
double max_difference(std::span<const A> a, std::span<const B> b) {
  if (a.size() != b.size()) return std::numeric_limits<double>::infinity();
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double difference = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    if (std::isnan(difference)) return std::numeric_limits<double>::infinity();
    largest = std::max(largest, difference);
  }
  return largest;
}

// max |found - stored| / max |stored|, the "rel" of the fixtures.
template <typename A, typename B>
double relative_difference(std::span<const A> found, std::span<const B> stored) {
  double scale = 0;
  for (B value : stored) scale = std::max(scale, std::abs(static_cast<double>(value)));
  return max_difference(found, stored) / scale;
}

}  // namespace saltus::testing
