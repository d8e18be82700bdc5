// Reads zip archives whose records are stored without compression, as PyTorch writes them
// (APPNOTE 6.3 with the zip64 extension). Every bound and checksum is checked.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "saltus/base/file.h"

namespace saltus {

class StoredZip {
 public:
  // Error (path, what is wrong) unless the directory of records fits the file.
  explicit StoredZip(const fs::path& path);

  const fs::path& path() const { return path_; }
  // Names of all records, sorted.
  std::vector<std::string> names() const;
  bool has(std::string_view name) const { return records_.find(name) != records_.end(); }
  // The bytes of a record, valid as long as this lives. Error when it is absent, compressed,
  // encrypted, outside the file or does not match its checksum.
  std::span<const std::byte> read(std::string_view name) const;

 private:
  struct Record {
    uint64_t header = 0, size = 0, packed = 0;
    uint16_t method = 0, flags = 0;
    uint32_t checksum = 0;
  };
  // `width` bytes, little-endian, at `offset`; Error beyond the end.
  uint64_t number(uint64_t offset, int width) const;
  std::string_view text(uint64_t offset, uint64_t size) const;
  void widen(uint64_t extra, uint64_t extra_size, Record& record) const;

  fs::path path_;
  MappedFile file_;
  std::map<std::string, Record, std::less<>> records_;
};

}  // namespace saltus
