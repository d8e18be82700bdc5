#include "saltus/generator/stored_zip.h"

#include <algorithm>
#include <array>

#include "saltus/base/error.h"

namespace saltus {
namespace {

// Signatures of the structures, and the values that send a reader to their zip64 forms.
constexpr uint64_t kLocalHeader = 0x04034b50, kDirectoryEntry = 0x02014b50, kEnd = 0x06054b50,
                   kEnd64 = 0x06064b50, kEnd64Locator = 0x07064b50;
constexpr uint64_t kWide16 = 0xffff, kWide32 = 0xffffffff;
constexpr uint64_t kEndSize = 22, kLocatorSize = 20, kEntrySize = 46, kLocalSize = 30;

// CRC-32 as zip uses it, eight bytes a step (tables after Kounavis and Berry 2005).
uint32_t crc32(std::span<const std::byte> bytes) {
  static const auto tables = [] {
    std::array<std::array<uint32_t, 256>, 8> t{};
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) * 0xedb88320u);
      t[0][i] = value;
    }
    for (size_t k = 1; k < 8; ++k)
      for (size_t i = 0; i < 256; ++i) t[k][i] = (t[k - 1][i] >> 8) ^ t[0][t[k - 1][i] & 0xff];
    return t;
  }();
  uint32_t crc = 0xffffffff;
  const std::byte* p = bytes.data();
  size_t left = bytes.size();
  const auto at = [&](size_t i) { return static_cast<uint32_t>(p[i]); };
  for (; left >= 8; left -= 8, p += 8) {
    const uint32_t low = crc ^ (at(0) | at(1) << 8 | at(2) << 16 | at(3) << 24);
    crc = tables[7][low & 0xff] ^ tables[6][low >> 8 & 0xff] ^ tables[5][low >> 16 & 0xff] ^
          tables[4][low >> 24] ^ tables[3][at(4)] ^ tables[2][at(5)] ^ tables[1][at(6)] ^
          tables[0][at(7)];
  }
  for (; left > 0; --left, ++p) crc = (crc >> 8) ^ tables[0][(crc ^ at(0)) & 0xff];
  return ~crc;
}

}  // namespace

uint64_t StoredZip::number(uint64_t offset, int width) const {
  const auto bytes = file_.bytes();
  const auto size = static_cast<uint64_t>(width);
  if (offset > bytes.size() || bytes.size() - offset < size)
    fail("zip: {} is truncated or damaged: its directory points to byte {} of {}", path_.string(),
         offset, bytes.size());
  uint64_t value = 0;
  for (uint64_t i = size; i-- > 0;) value = value << 8 | static_cast<uint64_t>(bytes[offset + i]);
  return value;
}

std::string_view StoredZip::text(uint64_t offset, uint64_t size) const {
  if (size == 0) return {};
  number(offset, 1);
  number(offset + size - 1, 1);
  return {reinterpret_cast<const char*>(file_.bytes().data()) + offset, size};
}

// Replaces the fields that do not fit 32 bits by those of the zip64 extra field.
void StoredZip::widen(uint64_t extra, uint64_t extra_size, Record& record) const {
  const uint64_t end = extra + extra_size;
  while (extra + 4 <= end) {
    const uint64_t kind = number(extra, 2), size = number(extra + 2, 2);
    uint64_t field = extra + 4;
    extra = field + size;
    if (kind != 1) continue;
    for (uint64_t* value : {&record.size, &record.packed, &record.header}) {
      if (*value != kWide32) continue;
      if (field + 8 > extra) break;
      *value = number(field, 8);
      field += 8;
    }
  }
}

StoredZip::StoredZip(const fs::path& path) : path_(path), file_(path) {
  const uint64_t file_size = file_.bytes().size();
  // The end record stands last, before a comment of at most 64 KiB.
  uint64_t end = file_size;
  for (uint64_t back = kEndSize; back <= std::min(file_size, kEndSize + kWide16); ++back)
    if (number(file_size - back, 4) == kEnd) {
      end = file_size - back;
      break;
    }
  if (end == file_size) fail("zip: {} is not a zip archive, or its end is missing", path_.string());

  uint64_t count = number(end + 10, 2), offset = number(end + 16, 4);
  if ((count == kWide16 || offset == kWide32) && end >= kLocatorSize &&
      number(end - kLocatorSize, 4) == kEnd64Locator) {
    const uint64_t end64 = number(end - kLocatorSize + 8, 8);
    if (number(end64, 4) != kEnd64)
      fail("zip: {} is damaged: no zip64 end record at byte {}", path_.string(), end64);
    count = number(end64 + 32, 8);
    offset = number(end64 + 48, 8);
  }
  for (uint64_t i = 0; i < count; ++i) {
    if (number(offset, 4) != kDirectoryEntry)
      fail("zip: {} is damaged: directory entry {} of {} is not at byte {}", path_.string(), i + 1,
           count, offset);
    Record record{.header = number(offset + 42, 4),
                  .size = number(offset + 24, 4),
                  .packed = number(offset + 20, 4),
                  .method = static_cast<uint16_t>(number(offset + 10, 2)),
                  .flags = static_cast<uint16_t>(number(offset + 8, 2)),
                  .checksum = static_cast<uint32_t>(number(offset + 16, 4))};
    const uint64_t name_size = number(offset + 28, 2), extra_size = number(offset + 30, 2);
    widen(offset + kEntrySize + name_size, extra_size, record);
    const std::string name(text(offset + kEntrySize, name_size));
    if (!records_.emplace(name, record).second)
      fail("zip: {} holds two records named '{}'", path_.string(), name);
    offset += kEntrySize + name_size + extra_size + number(offset + 32, 2);
  }
}

std::vector<std::string> StoredZip::names() const {
  std::vector<std::string> out;
  for (const auto& [name, record] : records_) out.push_back(name);
  return out;
}

std::span<const std::byte> StoredZip::read(std::string_view name) const {
  const auto found = records_.find(name);
  if (found == records_.end()) fail("zip: {} has no record '{}'", path_.string(), name);
  const Record& record = found->second;
  if (record.method != 0 || (record.flags & 1) != 0 || record.packed != record.size)
    fail(
        "zip: expected a stored record, found '{}' compressed or encrypted in {}; save it again "
        "with torch.save",
        name, path_.string());
  if (number(record.header, 4) != kLocalHeader)
    fail("zip: {} is damaged: '{}' does not start at byte {}", path_.string(), name, record.header);
  const uint64_t begin =
      record.header + kLocalSize + number(record.header + 26, 2) + number(record.header + 28, 2);
  const auto bytes = file_.bytes();
  if (begin > bytes.size() || bytes.size() - begin < record.size)
    fail("zip: {} is truncated: '{}' needs bytes {} to {} of {}", path_.string(), name, begin,
         begin + record.size, bytes.size());
  const auto data = bytes.subspan(begin, record.size);
  if (crc32(data) != record.checksum)
    fail("zip: {} is damaged: '{}' does not match its checksum", path_.string(), name);
  return data;
}

}  // namespace saltus
