#include "saltus/server/job_folder.h"

#include <fstream>

#include "saltus/base/error.h"
#include "saltus/base/file.h"
#include "saltus/zoo/index.h"

namespace saltus {
namespace {

constexpr size_t kLongestLine = 64 << 10;
constexpr size_t kMostAtOnce = 1 << 20;

}  // namespace

std::string JobFolder::kind() const {
  std::error_code ignored;
  if (fs::exists(index_path(folder_), ignored)) return "zoo";
  if (fs::exists(folder_ / "metrics.jsonl", ignored)) return "training";
  return "unknown";
}

JobFolder::Lines JobFolder::lines_after(int64_t begin) const {
  Lines found;
  std::error_code missing;
  const fs::path path = folder_ / "metrics.jsonl";
  const uintmax_t size = fs::file_size(path, missing);
  if (missing) return {.end = begin};
  found.restarted = static_cast<uintmax_t>(begin) > size;
  if (found.restarted) begin = 0;
  std::ifstream file(path, std::ios::binary);
  file.seekg(begin);
  std::string text(std::min<size_t>(kMostAtOnce, size - static_cast<size_t>(begin)), '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(std::max<std::streamsize>(0, file.gcount())));
  found.end = begin;
  for (size_t at = 0;;) {
    const size_t stop = text.find('\n', at);
    if (stop == std::string::npos) {
      // Nothing of ours has no line end in a megabyte: go past it.
      if (at == 0 && text.size() == kMostAtOnce) found.end += static_cast<int64_t>(text.size());
      break;
    }
    std::string line = text.substr(at, stop - at);
    at = stop + 1;
    found.end = begin + static_cast<int64_t>(at);
    if (line.size() <= kLongestLine && Json::accept(line)) {
      found.lines.emplace_back(std::move(line), found.end);
    }
  }
  return found;
}

Json JobFolder::zoo_progress() const {
  if (kind() != "zoo") return {};
  try {
    const ZooIndex index = read_index(folder_);
    int64_t runs = 0, dropped = 0;
    for (const ShardEntry& shard : index.shards) {
      runs += shard.runs;
      dropped += static_cast<int64_t>(shard.dropped.size());
    }
    return {{"runs", runs},
            {"planned", index.planned_runs},
            {"dropped", dropped},
            {"complete", index.complete}};
  } catch (const Error&) {
    return {};  // none of this version's; there is nothing to tell
  }
}

bool JobFolder::finished() const {
  if (kind() == "zoo") return zoo_progress().value("complete", false);
  std::error_code ignored;
  return fs::exists(folder_ / "training.json", ignored);
}

}  // namespace saltus
