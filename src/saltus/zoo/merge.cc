#include "saltus/zoo/merge.h"

#include <algorithm>

#include "saltus/base/error.h"
#include "saltus/base/json.h"
#include "saltus/zoo/index.h"

namespace saltus {
namespace {

struct Part {
  fs::path folder;
  ZooIndex index;

  int64_t end() const { return index.first_run + index.planned_runs; }
};

// The parts in order of their runs.
std::vector<Part> read_parts(const std::vector<fs::path>& folders) {
  if (folders.empty()) fail("merge zoos: expected one part or more, found none");
  std::vector<Part> parts;
  for (const fs::path& folder : folders) {
    parts.push_back({folder, read_index(folder)});
    const ZooIndex& index = parts.back().index;
    if (!index.complete) {
      fail("merge zoos: {}: expected a complete zoo, found {} of {} shards; go on building it",
           folder.string(), index.shards.size(), index.planned_shards());
    }
  }
  std::ranges::stable_sort(parts, {}, [](const Part& part) { return part.index.first_run; });
  return parts;
}

// What all parts of one zoo have in common.
Json common(const ZooIndex& index) {
  Json json = index_to_json(index);
  for (const char* own : {"complete", "first_run", "planned_runs", "shards"}) json.erase(own);
  return json;
}

void check_fit(const Part& before, const Part& part) {
  const std::string differs = json_difference(common(before.index), common(part.index));
  if (!differs.empty()) {
    fail("merge zoos: {}: expected a part of the same zoo as {}: {}", part.folder.string(),
         before.folder.string(), differs);
  }
  if (part.index.first_run != before.end()) {
    fail("merge zoos: {}: expected runs from {} on, after those of {}, found {} on; {}",
         part.folder.string(), before.end(), before.folder.string(), part.index.first_run,
         part.index.first_run > before.end() ? "name the part between them, too"
                                             : "name each part once");
  }
  if (before.index.planned_runs % before.index.runs_per_shard != 0) {
    fail("merge zoos: {}: expected a multiple of {} runs, found {}; only the last part may be odd",
         before.folder.string(), before.index.runs_per_shard, before.index.planned_runs);
  }
}

// Shard k of the merged zoo, and the file it is made of.
struct Source {
  fs::path file;
  ShardEntry entry;
};

std::vector<Source> sources_of(const std::vector<Part>& parts) {
  std::vector<Source> sources;
  for (const Part& part : parts) {
    for (const ShardEntry& shard : part.index.shards) {
      check_shard_size(part.folder / shard.file, shard);
      sources.push_back({part.folder / shard.file, shard});
      sources.back().entry.file = shard_name(static_cast<int64_t>(sources.size()) - 1);
    }
  }
  return sources;
}

// Where the parts record which runs the whole zoo has, as `zoo build` does, all of them are there.
void check_whole(const ZooIndex& merged) {
  const Json::json_pointer place("/configuration/population");
  const Json& made_by = merged.description.made_by;
  if (!made_by.contains(place)) return;
  const Json& population = made_by[place];
  const int64_t first = population.value("first_run", merged.first_run);
  const int64_t end = first + population.value("runs", merged.planned_runs);
  const int64_t found = merged.first_run + merged.planned_runs;
  if (merged.first_run == first && found == end) return;
  fail(
      "merge zoos: expected parts with the runs {} to {}, found {} to {}; name the missing parts, "
      "too",
      first, end - 1, merged.first_run, found - 1);
}

void place(const Source& source, const fs::path& target) {
  if (fs::exists(target) && fs::equivalent(target, source.file)) return;
  const fs::path aside = target.string() + ".tmp";
  fs::remove(aside);
  std::error_code refused;
  fs::create_hard_link(source.file, aside, refused);
  if (!refused) {
    fs::rename(aside, target);
    return;
  }
  const MappedFile bytes(source.file);  // another file system, say
  write_file(target, {reinterpret_cast<const char*>(bytes.bytes().data()), bytes.bytes().size()});
}

}  // namespace

void check_merge_folder(const fs::path& folder) {
  if (!fs::exists(folder)) return;
  const fs::path shards = folder / "shards";
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const fs::path& path = entry.path();
    const bool ours = path == shards || path.extension() == ".tmp" ||
                      (path.parent_path() == shards && path.extension() == ".safetensors");
    if (!ours) {
      fail("merge zoos: {}: expected an empty folder, found {}; choose another", folder.string(),
           path.lexically_relative(folder).string());
    }
  }
}

void merge_zoos(const std::vector<fs::path>& folders, const fs::path& folder, const Job& job) {
  const std::vector<Part> parts = read_parts(folders);
  for (size_t i = 1; i < parts.size(); ++i) check_fit(parts[i - 1], parts[i]);
  const std::vector<Source> sources = sources_of(parts);

  ZooIndex merged = parts.front().index;
  merged.planned_runs = parts.back().end() - merged.first_run;
  check_whole(merged);
  merged.shards.clear();
  for (const Source& source : sources) merged.shards.push_back(source.entry);
  if (fs::exists(index_path(folder))) {
    const std::string differs =
        json_difference(index_to_json(merged), index_to_json(read_index(folder)));
    if (differs.empty()) return;
    fail("merge zoos: {}: the folder holds another zoo: {}; choose another", folder.string(),
         differs);
  }
  check_merge_folder(folder);
  fs::create_directories(folder / "shards");
  const auto total = static_cast<int64_t>(sources.size());
  for (int64_t k = 0; k < total; ++k) {
    if (job.stopped()) return;
    place(sources[static_cast<size_t>(k)], folder / sources[static_cast<size_t>(k)].entry.file);
    job.report({.stage = "merge", .done = k + 1, .total = total, .unit = "shards", .figures = {}});
  }
  write_index(folder, merged);
  const Zoo sound(folder);  // throws when a shard is not what its part's zoo.json says
}

}  // namespace saltus
