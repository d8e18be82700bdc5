#include "saltus/zoo/verify.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>

#include "saltus/base/error.h"
#include "saltus/zoo/index.h"

namespace saltus {
namespace {

// What is wrong with the values of run r, whose shard is `file`.
std::vector<std::string> check_values(const Zoo& zoo, const std::string& file, int64_t r) {
  std::vector<std::string> problems;
  const std::string where = fmt::format("{}: run {}", file, zoo.run_id(r));
  std::vector<float> values(static_cast<size_t>(zoo.parameters()));
  for (int64_t c = 0; c < zoo.checkpoints() && problems.empty(); ++c) {
    zoo.read(r, c, values);
    const auto bad =
        std::ranges::find_if(values, [](float x) { return !(std::abs(x) <= kLargestParameter); });
    if (bad != values.end()) {
      problems.push_back(fmt::format("{}: checkpoint {}: expected |parameters| <= {}, found {}",
                                     where, c, kLargestParameter, *bad));
    }
  }
  for (float value : zoo.metrics(r)) {
    if (!std::isfinite(value)) {
      problems.push_back(fmt::format("{}: expected finite metrics, found {}", where, value));
      break;
    }
  }
  const std::span<const int64_t> iterations = zoo.iterations(r);
  if (std::ranges::adjacent_find(iterations, std::greater_equal<>()) != iterations.end()) {
    problems.push_back(fmt::format("{}: expected rising iterations, found [{}]", where,
                                   fmt::join(iterations, ", ")));
  }
  return problems;
}

// Size, hash and layout of shard k; whatever can still be said after the first problem.
std::vector<std::string> check_file(const fs::path& folder, const ZooIndex& index, int64_t k) {
  std::vector<std::string> problems;
  const ShardEntry& entry = index.shards[static_cast<size_t>(k)];
  const fs::path path = folder / entry.file;
  const auto attempt = [&](auto&& step) {
    try {
      step();
    } catch (const Error& error) {
      problems.emplace_back(error.what());
    }
  };
  attempt([&] { check_shard_size(path, entry); });
  attempt([&] {
    const MappedFile file(path);
    const uint64_t hash = hash_bytes(file.bytes());
    if (hash != entry.hash) {
      fail("{}: xxhash64: expected {}, found {}; its content has changed", path.string(),
           hash_text(entry.hash), hash_text(hash));
    }
  });
  attempt([&] { check_shard(SafetensorsFile(path), index, k); });
  return problems;
}

// Files that no shard list names: harmless to read, but not part of what was hashed.
std::vector<std::string> check_strays(const fs::path& folder, const ZooIndex& index) {
  std::vector<std::string> problems;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(folder / "shards", code)) {
    const std::string name = fmt::format("shards/{}", entry.path().filename().string());
    const bool listed =
        std::ranges::find(index.shards, name, &ShardEntry::file) != index.shards.end();
    if (!listed) {
      problems.push_back(
          fmt::format("{}: expected only shards listed in zoo.json", entry.path().string()));
    }
  }
  return problems;
}

}  // namespace

std::vector<std::string> verify_zoo(const fs::path& folder, const Job& job) {
  ZooIndex index;
  try {
    index = read_index(folder);
  } catch (const Error& error) {
    return {error.what()};
  }
  const auto shards = static_cast<int64_t>(index.shards.size());
  std::vector<std::vector<std::string>> of_shard(index.shards.size());
  std::mutex mutex;
  int64_t done = 0;
  parallel_for(shards, thread_count(job), [&](int64_t k) {
    if (job.stopped()) return;
    of_shard[static_cast<size_t>(k)] = check_file(folder, index, k);
    const std::lock_guard lock(mutex);
    job.report({"verify", ++done, shards, "shards", {}});
  });
  std::vector<std::string> problems;
  for (const auto& list : of_shard) problems.insert(problems.end(), list.begin(), list.end());

  // Values can be read only where every shard opens; the hashes above have covered the rest.
  try {
    const Zoo zoo(folder);
    const auto find_file = [&](int64_t r) {
      const int64_t k = (zoo.run_id(r) - index.first_run) / index.runs_per_shard;
      return (folder / shard_name(k)).string();
    };
    std::vector<std::vector<std::string>> of_run(static_cast<size_t>(zoo.runs()));
    parallel_for(zoo.runs(), thread_count(job), [&](int64_t r) {
      if (!job.stopped()) of_run[static_cast<size_t>(r)] = check_values(zoo, find_file(r), r);
    });
    for (const auto& list : of_run) problems.insert(problems.end(), list.begin(), list.end());
    for (Split split : {Split::train, Split::validation, Split::test}) {
      if (!zoo.runs_of(split).empty()) continue;
      problems.push_back(fmt::format("{}: {} split: expected one or more runs, found none",
                                     index_path(folder).string(), split_name(split)));
    }
  } catch (const Error& error) {
    if (problems.empty()) problems.emplace_back(error.what());
  }
  const std::vector<std::string> strays = check_strays(folder, index);
  problems.insert(problems.end(), strays.begin(), strays.end());
  if (!index.complete) {
    problems.push_back(fmt::format("{}: complete: expected {} shards, found {}; continue the build",
                                   index_path(folder).string(), index.planned_shards(), shards));
  }
  return problems;
}

}  // namespace saltus
