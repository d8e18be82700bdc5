// Reads LMDB data files (data.mdb, the 64-bit format that LMDB 0.9 writes) without the library,
// which trusts every page it maps: here every offset is checked, so a damaged or forged file is an
// Error and never a crash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "saltus/base/file.h"

namespace saltus {

struct LmdbEntry {
  std::string_view key;
  std::span<const std::byte> value;
};

class LmdbFile {
 public:
  // The file, or the folder that holds data.mdb. Opened without a lock: nobody may write to it
  // meanwhile. Error (path, page, what) unless both meta pages and the whole tree of the unnamed
  // database are sound; for databases with several values a key and for named ones.
  explicit LmdbFile(const fs::path& path);

  const fs::path& path() const { return path_; }
  // In the order of the keys' bytes. Valid as long as this lives.
  const std::vector<LmdbEntry>& entries() const { return entries_; }

 private:
  uint64_t number(uint64_t offset, int width) const;
  uint64_t root_page();
  void read_page(uint64_t page, int depth);
  void read_leaf(uint64_t begin, uint64_t nodes, uint64_t page);
  [[noreturn]] void damaged(uint64_t page, std::string_view what) const;

  fs::path path_;
  MappedFile file_;
  uint64_t page_size_ = 0, pages_ = 0, visited_ = 0;
  std::vector<LmdbEntry> entries_;
};

}  // namespace saltus
