#include "saltus/formats/zip_archive.h"

#include <zlib.h>

#include <algorithm>

#include "saltus/base/error.h"

namespace saltus {
namespace {

// Signatures of the structures, and the values that send a reader to their zip64 forms.
constexpr uint64_t kLocalHeader = 0x04034b50, kDirectoryEntry = 0x02014b50, kEnd = 0x06054b50,
                   kEnd64 = 0x06064b50, kEnd64Locator = 0x07064b50;
constexpr uint64_t kWide16 = 0xffff, kWide32 = 0xffffffff;
constexpr uint64_t kEndSize = 22, kLocatorSize = 20, kEntrySize = 46, kLocalSize = 30;
constexpr uint16_t kStored = 0, kDeflated = 8, kEncrypted = 1;
constexpr uint64_t kLargestRatio = 1032;  // of deflate: 258 bytes from two bits

// Names are never used as paths here, but an archive that has such ones was made to harm.
bool leaves_archive(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.find('\\') != name.npos ||
      name.find('\0') != name.npos) {
    return true;
  }
  for (size_t begin = 0; begin <= name.size();) {
    const size_t end = std::min(name.find('/', begin), name.size());
    if (name.substr(begin, end - begin) == "..") return true;
    begin = end + 1;
  }
  return false;
}

// Inflates to exactly out.size() bytes; false when the data is no such thing.
bool inflate_to(std::span<const std::byte> packed, std::span<std::byte> out) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return false;
  constexpr size_t kStep = 1u << 30;  // zlib counts in 32 bits
  int status = Z_OK;
  do {
    if (stream.avail_in == 0) {
      const size_t step = std::min(packed.size(), kStep);
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed.data()));
      stream.avail_in = static_cast<uInt>(step);
      packed = packed.subspan(step);
    }
    const size_t room = std::min(out.size(), kStep);
    Bytef nothing = 0;  // where an empty record would go: zlib takes no null
    stream.next_out = room > 0 ? reinterpret_cast<Bytef*>(out.data()) : &nothing;
    stream.avail_out = static_cast<uInt>(room);
    status = inflate(&stream, Z_NO_FLUSH);
    out = out.subspan(room - stream.avail_out);
    // Without progress the loop would not end: then status is Z_BUF_ERROR.
  } while (status == Z_OK);
  inflateEnd(&stream);
  return status == Z_STREAM_END && out.empty();
}

}  // namespace

uint64_t ZipArchive::number(uint64_t offset, int width) const {
  const auto bytes = file_.bytes();
  const auto size = static_cast<uint64_t>(width);
  if (offset > bytes.size() || bytes.size() - offset < size) {
    fail("zip: {} is truncated or damaged: its directory points to byte {} of {}", path_.string(),
         offset, bytes.size());
  }
  uint64_t value = 0;
  for (uint64_t i = size; i-- > 0;) value = value << 8 | static_cast<uint64_t>(bytes[offset + i]);
  return value;
}

std::string_view ZipArchive::text(uint64_t offset, uint64_t size) const {
  if (size == 0) return {};
  number(offset, 1);
  number(offset + size - 1, 1);
  return {reinterpret_cast<const char*>(file_.bytes().data()) + offset, size};
}

// Replaces the fields that do not fit 32 bits by those of the zip64 extra field.
void ZipArchive::widen(uint64_t extra, uint64_t extra_size, Record& record) const {
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

ZipArchive::ZipArchive(fs::path path, MappedFile file)
    : path_(std::move(path)), file_(std::move(file)) {
  const uint64_t file_size = file_.bytes().size();
  // The end record stands last, before a comment of at most 64 KiB.
  uint64_t end = file_size;
  for (uint64_t back = kEndSize; back <= std::min(file_size, kEndSize + kWide16); ++back) {
    if (number(file_size - back, 4) == kEnd) {
      end = file_size - back;
      break;
    }
  }
  if (end == file_size) fail("zip: {} is not a zip archive, or its end is missing", path_.string());

  uint64_t count = number(end + 10, 2), offset = number(end + 16, 4);
  if ((count == kWide16 || offset == kWide32) && end >= kLocatorSize &&
      number(end - kLocatorSize, 4) == kEnd64Locator) {
    const uint64_t end64 = number(end - kLocatorSize + 8, 8);
    if (number(end64, 4) != kEnd64) {
      fail("zip: {} is damaged: no zip64 end record at byte {}", path_.string(), end64);
    }
    count = number(end64 + 32, 8);
    offset = number(end64 + 48, 8);
  }
  for (uint64_t i = 0; i < count; ++i) {
    if (number(offset, 4) != kDirectoryEntry) {
      fail("zip: {} is damaged: directory entry {} of {} is not at byte {}", path_.string(), i + 1,
           count, offset);
    }
    Record record{.name = {},
                  .header = number(offset + 42, 4),
                  .size = number(offset + 24, 4),
                  .packed = number(offset + 20, 4),
                  .method = static_cast<uint16_t>(number(offset + 10, 2)),
                  .flags = static_cast<uint16_t>(number(offset + 8, 2)),
                  .checksum = static_cast<uint32_t>(number(offset + 16, 4))};
    const uint64_t name_size = number(offset + 28, 2), extra_size = number(offset + 30, 2);
    widen(offset + kEntrySize + name_size, extra_size, record);
    record.name = text(offset + kEntrySize, name_size);
    if (leaves_archive(record.name)) {
      fail("zip: {} holds a record whose name leads out of the archive: '{}'; refused",
           path_.string(), record.name);
    }
    records_.push_back(record);
    offset += kEntrySize + name_size + extra_size + number(offset + 32, 2);
  }
  for (size_t i = 0; i < records_.size(); ++i) sorted_.push_back(i);
  const auto name = [&](size_t i) { return records_[i].name; };
  std::ranges::sort(sorted_, {}, name);
  const auto twice = std::ranges::adjacent_find(sorted_, {}, name);
  if (twice != sorted_.end()) {
    fail("zip: {} holds two records named '{}'", path_.string(), name(*twice));
  }
}

std::vector<std::string_view> ZipArchive::names() const {
  std::vector<std::string_view> out;
  for (const Record& record : records_) out.push_back(record.name);
  return out;
}

const ZipArchive::Record* ZipArchive::find(std::string_view name) const {
  const auto found =
      std::ranges::lower_bound(sorted_, name, {}, [&](size_t i) { return records_[i].name; });
  return found != sorted_.end() && records_[*found].name == name ? &records_[*found] : nullptr;
}

const ZipArchive::Record& ZipArchive::at(std::string_view name) const {
  const Record* record = find(name);
  if (record == nullptr) fail("zip: {} has no record '{}'", path_.string(), name);
  if ((record->flags & kEncrypted) != 0 ||
      (record->method != kStored && record->method != kDeflated)) {
    fail("zip: expected a stored or deflated record, found '{}' {} in {}", name,
         (record->flags & kEncrypted) != 0 ? "encrypted"
                                           : fmt::format("packed by method {}", record->method),
         path_.string());
  }
  return *record;
}

std::span<const std::byte> ZipArchive::packed_bytes(const Record& record) const {
  if (number(record.header, 4) != kLocalHeader) {
    fail("zip: {} is damaged: '{}' does not start at byte {}", path_.string(), record.name,
         record.header);
  }
  const uint64_t begin =
      record.header + kLocalSize + number(record.header + 26, 2) + number(record.header + 28, 2);
  const auto bytes = file_.bytes();
  if (begin > bytes.size() || bytes.size() - begin < record.packed) {
    fail("zip: {} is truncated: '{}' needs {} bytes from byte {} of {}", path_.string(),
         record.name, record.packed, begin, bytes.size());
  }
  return bytes.subspan(begin, record.packed);
}

void ZipArchive::check_sum(const Record& record, std::span<const std::byte> bytes) const {
  const uLong sum = crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  if (sum != record.checksum) {
    fail("zip: {} is damaged: '{}' does not match its checksum", path_.string(), record.name);
  }
}

std::span<const std::byte> ZipArchive::read(std::string_view name) const {
  const Record& record = at(name);
  if (record.method != kStored || record.packed != record.size) {
    fail(
        "zip: expected a stored record, found '{}' compressed in {}; save it again with torch.save",
        name, path_.string());
  }
  const auto data = packed_bytes(record);
  check_sum(record, data);
  return data;
}

std::span<const std::byte> ZipArchive::read(std::string_view name,
                                            std::vector<std::byte>& unpacked) const {
  const Record& record = at(name);
  if (record.method == kStored) return read(name);
  const auto packed = packed_bytes(record);
  if (record.size > kLargestUnpacked || record.size / kLargestRatio > packed.size()) {
    fail("zip: {} says that '{}' unpacks from {} bytes to {}: a bomb, refused", path_.string(),
         name, packed.size(), record.size);
  }
  unpacked.resize(record.size);
  if (!inflate_to(packed, unpacked)) {
    fail("zip: {} is damaged: '{}' does not unpack to the {} bytes its directory says",
         path_.string(), name, record.size);
  }
  check_sum(record, unpacked);
  return unpacked;
}

}  // namespace saltus
