#include "saltus/task/idx.h"

#include <ATen/Functions.h>

#include <cstring>

#include "saltus/base/error.h"
#include "saltus/task/compressed_file.h"

namespace saltus {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kIdxImages = 2051, kIdxLabels = 2049;

uint32_t big_endian(const std::string& bytes, size_t place) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(bytes[place + i]);
  return value;
}

std::string meaning_of(uint32_t magic) {
  if (magic == kIdxImages) return "2051, IDX images";
  if (magic == kIdxLabels) return "2049, IDX labels";
  return std::to_string(magic);
}

struct IdxFile {
  std::vector<int64_t> shape;  // as the header says
  std::string bytes;           // header included
  size_t header = 0;           // its bytes
};

IdxFile read_idx(const fs::path& file, uint32_t magic, size_t dimensions) {
  IdxFile idx{{}, read_data_file(file), 4 + 4 * dimensions};
  const size_t size = idx.bytes.size();
  if (size >= 4 && big_endian(idx.bytes, 0) != magic) {
    fail("read {}: expected magic number {}, found {}; check that the file has its right name",
         file.string(), meaning_of(magic), meaning_of(big_endian(idx.bytes, 0)));
  }
  if (size < idx.header) {
    fail("read {}: expected an IDX header of {} bytes, found {} bytes in all; fetch the file again",
         file.string(), idx.header, size);
  }
  uint64_t expected = 1;
  for (size_t d = 0; d < dimensions; ++d) {
    const uint32_t n = big_endian(idx.bytes, 4 + 4 * d);
    if (n == 0) {
      fail("read {}: expected one or more images of one or more pixels, found dimension {} of 0",
           file.string(), d);
    }
    idx.shape.push_back(n);
    if (__builtin_mul_overflow(expected, uint64_t{n}, &expected)) expected = UINT64_MAX;
  }
  if (expected != size - idx.header) {
    fail("read {}: expected {} bytes after the header, for {}, found {}; the file is {}",
         file.string(), expected, fmt::join(idx.shape, " x "), size - idx.header,
         size - idx.header < expected ? "cut short" : "too long");
  }
  return idx;
}

// NAME-idx3-ubyte or NAME.idx3-ubyte, compressed or not.
fs::path idx_path(const fs::path& folder, const std::string& name, char dimensions) {
  const std::string ending = fmt::format("idx{}-ubyte", dimensions);
  const auto file = find_data_file(folder, {name + "-" + ending, name + "." + ending});
  if (!file) {
    fail(
        "{}: expected {}-{}, plain or .gz or .xz, found none; give the folder with the four IDX "
        "files of the set (train-images, train-labels, t10k-images, t10k-labels)",
        folder.string(), name, ending);
  }
  return *file;
}

RawImages read_idx_pair(const fs::path& folder, const std::string& name) {
  const fs::path images = idx_path(folder, name + "-images", '3');
  const fs::path labels = idx_path(folder, name + "-labels", '1');
  RawImages raw{read_idx_images(images), read_idx_labels(labels), labels.string()};
  if (raw.pixels.size(0) != raw.labels.size(0)) {
    fail("{}: expected {} labels, one for each image of {}, found {}", labels.string(),
         raw.pixels.size(0), images.filename().string(), raw.labels.size(0));
  }
  return raw;
}

}  // namespace

at::Tensor read_idx_images(const fs::path& file) {
  const IdxFile idx = read_idx(file, kIdxImages, 3);
  at::Tensor pixels = at::empty({idx.shape[0], 1, idx.shape[1], idx.shape[2]}, at::kByte);
  std::memcpy(pixels.mutable_data_ptr<uint8_t>(), idx.bytes.data() + idx.header,
              idx.bytes.size() - idx.header);
  return pixels;
}

at::Tensor read_idx_labels(const fs::path& file) {
  const IdxFile idx = read_idx(file, kIdxLabels, 1);
  at::Tensor labels = at::empty({idx.shape[0]}, at::kLong);
  auto* out = labels.mutable_data_ptr<int64_t>();
  for (size_t i = 0; i < static_cast<size_t>(idx.shape[0]); ++i) {
    out[i] = static_cast<uint8_t>(idx.bytes[idx.header + i]);
  }
  return labels;
}

RawImageSet read_idx_folder(const fs::path& folder) {
  return {read_idx_pair(folder, "train"), read_idx_pair(folder, "t10k")};
}

}  // namespace saltus
