#include "start_networks.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "saltus/base/error.h"
#include "saltus/base/options.h"

namespace saltus {
namespace {

constexpr std::string_view kInit = "init:";

struct InitSpecification {
  int64_t seed = 0, count = 1, first = 0;
  std::string scheme = "orthogonal";

  Options options() {
    Options options;
    options.add("seed", seed, "of the draws", {0, 1e15});
    options.add("scheme", scheme, "initialiser");
    options.add("count", count, "networks", {1, 1e6});
    options.add("first", first, "index of the first network", {0, 1e12});
    return options;
  }
};

std::vector<StartNetwork> draw_starts(std::string_view text, const Task& task) {
  try {
    InitSpecification specification;
    Options options = specification.options();
    std::string_view rest = text.substr(kInit.size());
    while (!rest.empty()) {
      const size_t comma = std::min(rest.find(','), rest.size());
      options.assign(rest.substr(0, comma));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    const auto& [seed, count, first, scheme] = specification;
    std::string file_name = scheme;
    std::ranges::replace(file_name, ':', '-');
    std::vector<StartNetwork> starts;
    for (int64_t index = first; index < first + count; ++index) {
      starts.push_back(
          {fmt::format("{}-seed{}-{}", file_name, seed, index),
           fmt::format("init:seed={},scheme={},first={}", seed, scheme, index),
           task.fresh_network(scheme, static_cast<uint64_t>(seed), static_cast<uint64_t>(index))});
    }
    return starts;
  } catch (const Error& error) {
    fail("--from {}: {}", text, error.what());
  }
}

}  // namespace

std::vector<StartNetwork> read_starts(const std::vector<std::string>& from, const Layout& layout,
                                      const Task* task) {
  std::vector<StartNetwork> starts;
  for (const std::string& source : from) {
    if (source.starts_with(kInit)) {
      if (task == nullptr) {
        fail("--from {}: expected a file: saltus does not know how these networks are initialised",
             source);
      }
      std::ranges::move(draw_starts(source, *task), std::back_inserter(starts));
    } else {
      starts.push_back(
          {std::filesystem::path(source).stem().string(), source, read_network(source, layout)});
    }
  }
  std::set<std::string> names;
  for (const StartNetwork& start : starts) {
    if (!names.insert(start.name).second) {
      fail(
          "--from: expected starts of different names, found two called {}; rename a "
          "file, or give init: another seed or first",
          start.name);
    }
  }
  return starts;
}

}  // namespace saltus
