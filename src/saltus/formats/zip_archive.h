// Reads zip archives (APPNOTE 6.3 with the zip64 extension) as PyTorch and numpy write them:
// records stored or deflated. Every bound and checksum is checked; nothing is ever unpacked to
// disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "saltus/base/file.h"

namespace saltus {

class ZipArchive {
 public:
  // Error (path, what is wrong) unless the directory of records fits the file, and for record names
  // that repeat or point out of the archive.
  explicit ZipArchive(const fs::path& path) : ZipArchive(path, MappedFile(path)) {}
  ZipArchive(fs::path path, MappedFile file);  // of a file that is open already

  const fs::path& path() const { return path_; }
  std::vector<std::string_view> names() const;  // of all records, in the order of the directory
  bool has(std::string_view name) const { return find(name) != nullptr; }
  // The bytes of a record, valid as long as this and `unpacked` live and `unpacked` is not used
  // again: a deflated record's are put there. Error when it is absent, encrypted, packed in another
  // way, outside the file, larger than deflate can make it or than kLargestUnpacked, or does not
  // match its checksum.
  std::span<const std::byte> read(std::string_view name, std::vector<std::byte>& unpacked) const;
  // The same for a record that is stored as it is; Error when it is deflated.
  std::span<const std::byte> read(std::string_view name) const;

  static constexpr uint64_t kLargestUnpacked = uint64_t{2} << 30;

 private:
  struct Record {
    std::string_view name;
    uint64_t header = 0, size = 0, packed = 0;
    uint16_t method = 0, flags = 0;
    uint32_t checksum = 0;
  };
  // `width` bytes, little-endian, at `offset`; Error beyond the end.
  uint64_t number(uint64_t offset, int width) const;
  std::string_view text(uint64_t offset, uint64_t size) const;
  void widen(uint64_t extra, uint64_t extra_size, Record& record) const;
  const Record* find(std::string_view name) const;
  const Record& at(std::string_view name) const;
  std::span<const std::byte> packed_bytes(const Record& record) const;
  void check_sum(const Record& record, std::span<const std::byte> bytes) const;

  fs::path path_;
  MappedFile file_;
  std::vector<Record> records_;  // in the order of the directory
  std::vector<size_t> sorted_;   // places of records by their names
};

}  // namespace saltus
