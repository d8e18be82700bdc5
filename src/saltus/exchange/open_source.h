// A source of runs by what its path holds.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "saltus/exchange/run_source.h"

namespace saltus {

// What users say of a source; each kind of source takes what concerns it.
struct SourceOptions {
  std::filesystem::path source;  // a folder of files or of LMDB sets, or a stacked file
  std::string pattern;
  std::filesystem::path table;
  std::string key;
  std::vector<std::string> metrics, exclude;
  std::vector<int64_t> shape;
  std::string raw_dtype = "F16";
  bool measured = false;
};

// Error when there is nothing at that path, and the source's own.
std::unique_ptr<RunSource> open_source(const SourceOptions& options, const Job& job);

}  // namespace saltus
