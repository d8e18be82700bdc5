// zoo.json: what a zoo is and which shards it has. Shared by writer, reader and verify.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "saltus/base/file.h"
#include "saltus/base/safetensors.h"
#include "saltus/zoo/zoo.h"

namespace saltus {

inline constexpr std::string_view kZooFormat = "saltus-zoo/1";
inline constexpr double kLargestParameter = 10;  // a run beyond it is dropped

struct ShardEntry {
  std::string file;              // relative to the folder: "shards/00000.safetensors"
  int64_t runs = 0;              // kept, R
  std::vector<int64_t> dropped;  // ids, ascending
  uint64_t bytes = 0;
  uint64_t hash = 0;  // xxhash64 of the file
};

struct ZooIndex {
  ZooDescription description;
  int64_t first_run = 0, planned_runs = 0, runs_per_shard = 0;
  bool complete = false;
  std::vector<ShardEntry> shards;

  // Shards in all when complete, and the ids [begin, end) that shard k holds or has dropped.
  int64_t planned_shards() const { return (planned_runs + runs_per_shard - 1) / runs_per_shard; }
  int64_t shard_begin(int64_t k) const { return first_run + k * runs_per_shard; }
  int64_t shard_end(int64_t k) const {
    return std::min(shard_begin(k + 1), first_run + planned_runs);
  }
};

fs::path index_path(const fs::path& folder);
std::string shard_name(int64_t k);
Json index_to_json(const ZooIndex& index);

// Reads and checks zoo.json alone. Errors name the file, the key, what was expected and found.
ZooIndex read_index(const fs::path& folder);

void write_index(const fs::path& folder, const ZooIndex& index);

// Checks an open shard against its entry: tensors, dtypes, shapes, and that with the dropped ones
// its ids are exactly those of shard k. Error otherwise.
void check_shard(const SafetensorsFile& file, const ZooIndex& index, int64_t k);

// Error when the file's size is not the listed one.
void check_shard_size(const fs::path& path, const ShardEntry& entry);

}  // namespace saltus
