// Small image files that tests write, in the formats that the readers read.
#pragma once

#include <lzma.h>
#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <vector>

namespace saltus::testing {

inline void write_bytes(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

inline std::string gzip(const std::string& bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("deflateInit2");
  }
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) throw std::runtime_error("deflate");
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

inline std::string xz(const std::string& bytes) {
  std::string out(lzma_stream_buffer_bound(bytes.size()), '\0');
  size_t size = 0;
  if (lzma_easy_buffer_encode(
          1, LZMA_CHECK_CRC64, nullptr, reinterpret_cast<const uint8_t*>(bytes.data()),
          bytes.size(), reinterpret_cast<uint8_t*>(out.data()), &size, out.size()) != LZMA_OK) {
    throw std::runtime_error("lzma_easy_buffer_encode");
  }
  out.resize(size);
  return out;
}

// Magic number and dimensions, big-endian: 2051 for images, 2049 for labels.
inline std::string idx_header(std::initializer_list<uint32_t> numbers) {
  std::string out;
  for (const uint32_t n : numbers) {
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(n >> shift & 255);
  }
  return out;
}

// n images whose pixels follow a rule, so that images differ and a class is visible in them.
inline std::string ruled_pixels(int64_t n, int64_t size, int64_t classes, int64_t salt) {
  std::string out;
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t p = 0; p < size; ++p) {
      const int64_t bright = p * classes / size == i % classes ? 128 : 0;
      out += static_cast<char>(bright + (i * 31 + p * 17 + salt * 7) % 127);
    }
  }
  return out;
}

inline std::string ruled_labels(int64_t n, int64_t classes) {
  std::string out;
  for (int64_t i = 0; i < n; ++i) out += static_cast<char>(i % classes);
  return out;
}

struct SmallSet {
  uint32_t training = 240, test = 60, rows = 8, columns = 6;
  int64_t classes = 5;
};

// The four IDX files of a small set, plain.
inline void write_idx_folder(const std::filesystem::path& folder, const SmallSet& set = {}) {
  std::filesystem::create_directories(folder);
  const auto write = [&](const std::string& name, uint32_t n, int64_t salt) {
    const int64_t size = int64_t{set.rows} * set.columns;
    write_bytes(
        folder / (name + "-images-idx3-ubyte"),
        idx_header({2051, n, set.rows, set.columns}) + ruled_pixels(n, size, set.classes, salt));
    write_bytes(folder / (name + "-labels-idx1-ubyte"),
                idx_header({2049, n}) + ruled_labels(n, set.classes));
  };
  write("train", set.training, 1);
  write("t10k", set.test, 2);
}

// n records of CIFAR's binary form.
inline std::string cifar_records(int64_t n, int64_t classes, int64_t salt) {
  const std::string pixels = ruled_pixels(n, 3072, classes, salt);
  std::string out;
  for (int64_t i = 0; i < n; ++i) {
    out += static_cast<char>(i % classes);
    out += pixels.substr(static_cast<size_t>(i) * 3072, 3072);
  }
  return out;
}

}  // namespace saltus::testing
