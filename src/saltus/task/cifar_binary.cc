#include "saltus/task/cifar_binary.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <cstring>

#include "saltus/base/error.h"
#include "saltus/base/job.h"
#include "saltus/task/compressed_file.h"

namespace saltus {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kCifarPixels = 3 * 32 * 32;
constexpr int64_t kCifarRecord = 1 + kCifarPixels;

[[noreturn]] void missing_batch(const fs::path& folder, const char* name) {
  fail(
      "{}: expected {}, plain or .gz or .xz, found none; give the folder with the CIFAR binary "
      "files of the set (data_batch_1.bin ..., test_batch.bin)",
      folder.string(), name);
}

}  // namespace

RawImages read_cifar_file(const fs::path& file) {
  const std::string bytes = read_data_file(file);
  const auto size = static_cast<int64_t>(bytes.size());
  const int64_t images = size / kCifarRecord;
  if (images == 0 || size % kCifarRecord != 0) {
    fail(
        "read {}: expected one or more records of {} bytes (a label and 3 x 32 x 32 pixels), found "
        "{} bytes: {} records and {} bytes; the file is cut short or of another format",
        file.string(), kCifarRecord, size, images, size % kCifarRecord);
  }
  RawImages raw{at::empty({images, 3, 32, 32}, at::kByte), at::empty({images}, at::kLong),
                file.string()};
  auto* pixels = raw.pixels.mutable_data_ptr<uint8_t>();
  auto* labels = raw.labels.mutable_data_ptr<int64_t>();
  for (int64_t i = 0; i < images; ++i) {
    const char* record = bytes.data() + i * kCifarRecord;
    labels[i] = static_cast<uint8_t>(record[0]);
    std::memcpy(pixels + i * kCifarPixels, record + 1, kCifarPixels);
  }
  return raw;
}

RawImageSet read_cifar_folder(const fs::path& folder) {
  std::vector<fs::path> files;
  const auto test = find_data_file(folder, {"test_batch.bin"});
  if (!test) missing_batch(folder, "test_batch.bin");
  while (const auto file =
             find_data_file(folder, {fmt::format("data_batch_{}.bin", files.size() + 1)})) {
    files.push_back(*file);
  }
  if (files.empty()) missing_batch(folder, "data_batch_1.bin");
  files.push_back(*test);

  // Decompressing takes about a second a file: all at once.
  std::vector<RawImages> parts(files.size());
  parallel_for(static_cast<int64_t>(files.size()), thread_count({}), [&](int64_t i) {
    parts[static_cast<size_t>(i)] = read_cifar_file(files[static_cast<size_t>(i)]);
  });
  RawImageSet set;
  set.test = std::move(parts.back());
  parts.pop_back();
  std::vector<at::Tensor> pixels, labels;
  for (const RawImages& part : parts) {
    pixels.push_back(part.pixels);
    labels.push_back(part.labels);
  }
  set.training = {at::cat(pixels), at::cat(labels), (folder / "data_batch_*.bin").string()};
  return set;
}

}  // namespace saltus
