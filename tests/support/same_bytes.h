// Whether files hold the same bytes, for EXPECT_TRUE and EXPECT_FALSE: they say where files differ,
// not what their bytes are.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>

#include "saltus/base/file.h"

namespace saltus::testing {

inline ::testing::AssertionResult same_bytes(const std::filesystem::path& a,
                                             const std::filesystem::path& b) {
  const std::string one = read_file(a), other = read_file(b);
  if (one == other) {
    return ::testing::AssertionSuccess() << a << " and " << b << " hold the same bytes";
  }
  const auto first = std::ranges::mismatch(one, other).in1 - one.begin();
  return ::testing::AssertionFailure() << a << " (" << one.size() << " bytes) and " << b << " ("
                                       << other.size() << ") differ from byte " << first;
}

// The files below two folders by name, leaving out those called `ignored`.
inline ::testing::AssertionResult same_files(const std::filesystem::path& a,
                                             const std::filesystem::path& b,
                                             const std::string& ignored = "") {
  namespace fs = std::filesystem;
  std::set<fs::path> names;
  for (const fs::path& folder : {a, b}) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const fs::path name = fs::relative(entry.path(), folder);
      if (entry.is_regular_file() && name != ignored) names.insert(name);
    }
  }
  for (const fs::path& name : names) {
    for (const fs::path& folder : {a, b}) {
      if (!fs::exists(folder / name)) {
        return ::testing::AssertionFailure() << folder << " lacks " << name;
      }
    }
    if (const auto same = same_bytes(a / name, b / name); !same) return same;
  }
  return ::testing::AssertionSuccess() << a << " and " << b << " hold the same files";
}

}  // namespace saltus::testing
