#include "saltus/formats/zip_writer.h"

#include <zlib.h>

#include <cstdint>

#include "saltus/base/error.h"

namespace saltus {
namespace {

constexpr size_t kAlignment = 64, kLocalHeaderSize = 30, kPaddingHeader = 4;
constexpr uint64_t kMostRecords = 0xffff, kMostBytes = 0xffffffff;
constexpr uint64_t kPaddingKind = 0x4246;  // "FB": as PyTorch marks an extra field of padding
constexpr uint64_t kFirstDay = 0x21;       // 1980-01-01

void put(std::string& to, uint64_t value, int width) {
  for (int i = 0; i < width; ++i) to.push_back(static_cast<char>(value >> (8 * i)));
}

// The fields that a record's header and its entry in the directory share.
void put_description(std::string& to, uint64_t checksum, uint64_t size, uint64_t name_size,
                     uint64_t extra_size) {
  put(to, 20, 2);  // version of the format
  put(to, 0, 2);   // flags
  put(to, 0, 2);   // method: stored
  put(to, 0, 2);   // time
  put(to, kFirstDay, 2);
  put(to, checksum, 4);
  put(to, size, 4);
  put(to, size, 4);
  put(to, name_size, 2);
  put(to, extra_size, 2);
}

}  // namespace

void ZipWriter::add(std::string_view name, std::string_view text) {
  add(name, std::as_bytes(std::span(text)));
}

void ZipWriter::add(std::string_view name, std::span<const std::byte> bytes) {
  const uint64_t checksum = crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  const uint64_t header = bytes_.size();
  const size_t unpadded = header + kLocalHeaderSize + name.size() + kPaddingHeader;
  const size_t padding = (kAlignment - unpadded % kAlignment) % kAlignment;

  put(bytes_, 0x04034b50, 4);
  put_description(bytes_, checksum, bytes.size(), name.size(), kPaddingHeader + padding);
  bytes_ += name;
  put(bytes_, kPaddingKind, 2);
  put(bytes_, padding, 2);
  bytes_.append(padding, 'Z');
  bytes_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());

  put(directory_, 0x02014b50, 4);
  put(directory_, 20, 2);  // version of the writer
  put_description(directory_, checksum, bytes.size(), name.size(), 0);
  put(directory_, 0, 2);  // comment
  put(directory_, 0, 2);  // disk
  put(directory_, 0, 2);  // internal attributes
  put(directory_, 0, 4);  // external attributes
  put(directory_, header, 4);
  directory_ += name;
  ++records_;
  if (records_ > kMostRecords || bytes_.size() + directory_.size() > kMostBytes) {
    fail(
        "write a zip archive: expected at most {} records and {} bytes, found {} and {}; write "
        "safetensors instead",
        kMostRecords, kMostBytes, records_, bytes_.size());
  }
}

std::string ZipWriter::finish() {
  const uint64_t begin = bytes_.size();
  bytes_ += directory_;
  put(bytes_, 0x06054b50, 4);
  put(bytes_, 0, 4);  // disks
  put(bytes_, records_, 2);
  put(bytes_, records_, 2);
  put(bytes_, directory_.size(), 4);
  put(bytes_, begin, 4);
  put(bytes_, 0, 2);  // comment
  return std::move(bytes_);
}

}  // namespace saltus
