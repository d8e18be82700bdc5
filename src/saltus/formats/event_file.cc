#include "saltus/formats/event_file.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>

#include "saltus/base/error.h"

namespace saltus {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEventPrefix = "events.out.tfevents.", kEventSuffix = ".saltus";

constexpr std::array<uint32_t, 256> make_crc_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t remainder = byte;
    for (int bit = 0; bit < 8; ++bit) {
      remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? 0x82f63b78U : 0U);
    }
    table[byte] = remainder;
  }
  return table;
}

// So that the checksum of bytes that hold a checksum is not a constant.
uint32_t masked_crc(std::string_view bytes) { return std::rotr(crc32c(bytes), 15) + 0xa282ead8U; }

template <class Number>
std::string little_endian(Number number) {
  std::string bytes(sizeof(number), '\0');
  std::memcpy(bytes.data(), &number, sizeof(number));
  if constexpr (std::endian::native == std::endian::big) bytes.assign(bytes.rbegin(), bytes.rend());
  return bytes;
}

// --- protocol buffers: a field is its number and wire type, then its content ---------------------

std::string varint(uint64_t number) {
  std::string bytes;
  for (; number >= 0x80; number >>= 7) bytes += static_cast<char>((number & 0x7f) | 0x80);
  return bytes + static_cast<char>(number);
}

enum WireType : uint64_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

std::string field(uint64_t number, WireType type, const std::string& content) {
  return varint(number << 3 | type) + content;
}
std::string bytes_field(uint64_t number, std::string_view bytes) {
  return field(number, kBytes, varint(bytes.size()).append(bytes));
}
std::string event_header(double time, int64_t step) {
  return field(1, kFixed64, little_endian(time)) +
         field(2, kVarint, varint(static_cast<uint64_t>(step)));
}

void remove_earlier(const fs::path& folder) {
  std::error_code missing;  // then opening the file fails, with a better message
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, missing)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kEventPrefix) && name.ends_with(kEventSuffix)) fs::remove(entry.path());
  }
}

}  // namespace

uint32_t crc32c(std::string_view bytes) {
  static constexpr std::array<uint32_t, 256> kTable = make_crc_table();
  uint32_t crc = 0xffffffffU;
  for (const char byte : bytes) {
    crc = (crc >> 8) ^ kTable[(crc ^ static_cast<unsigned char>(byte)) & 0xff];
  }
  return ~crc;
}

EventFile::EventFile(const fs::path& folder, double now)
    : path_(folder / fmt::format("{}{:.0f}{}", kEventPrefix, now, kEventSuffix)) {
  remove_earlier(folder);
  file_.open(path_, std::ios::binary);
  append(event_header(now, 0) + bytes_field(3, "brain.Event:2"));
  constexpr uint64_t kSessionStart = 1;
  append(event_header(now, 0) + bytes_field(7, field(1, kVarint, varint(kSessionStart))));
}

void EventFile::add(double time, int64_t step, const std::vector<EventScalar>& scalars) {
  std::string summary;
  for (const EventScalar& scalar : scalars) {
    const auto value = static_cast<float>(scalar.value);
    summary +=
        bytes_field(1, bytes_field(1, scalar.tag) + field(2, kFixed32, little_endian(value)));
  }
  append(event_header(time, step) + bytes_field(5, summary));
}

void EventFile::append(std::string_view event) {
  const std::string length = little_endian(static_cast<uint64_t>(event.size()));
  file_ << length << little_endian(masked_crc(length)) << event << little_endian(masked_crc(event));
  file_.flush();
  if (!file_) fail("{}: cannot write: {}", path_.string(), std::strerror(errno));
}

}  // namespace saltus
