// A folder in which a training or a zoo build leaves its progress.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "saltus/base/options.h"

namespace saltus {

class JobFolder {
 public:
  // The folder may come to be later.
  JobFolder(std::string name, std::filesystem::path folder)
      : id(std::move(name)), folder_(std::move(folder)) {}

  // "zoo", "training", or "unknown" while nothing is there yet.
  std::string kind() const;
  std::string name() const { return folder_.filename().string(); }

  // The whole lines of metrics.jsonl after its first `begin` bytes, and where they end. Lines that
  // are longer than any of ours, or no JSON, are left out.
  struct Lines {
    std::vector<std::pair<std::string, int64_t>> lines;  // with the byte after each
    int64_t end = 0;
    bool restarted = false;  // the file is shorter than `begin`: these are from its start
  };
  Lines lines_after(int64_t begin) const;

  // {"runs", "planned", "dropped", "complete"}; null when there is no zoo yet.
  Json zoo_progress() const;
  // Whether a training says that it is done, or a zoo is complete.
  bool finished() const;

  const std::string id;

 private:
  std::filesystem::path folder_;
};

}  // namespace saltus
