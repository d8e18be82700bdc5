// Reading image files: every form they come in, and every way in which they can be wrong.
#include "saltus/task/image_files_test.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include "saltus/base/error.h"
#include "saltus/task/cifar_binary.h"
#include "saltus/task/compressed_file.h"
#include "saltus/task/idx.h"
#include "tests/support/temporary.h"

namespace saltus {
namespace {

using testing::cifar_records;
using testing::gzip;
using testing::idx_header;
using testing::TemporaryFolder;
using testing::write_bytes;
using testing::write_idx_folder;
using testing::xz;

// Passes when the message of reading holds every part.
void expect_refusal(const std::function<void()>& read, const std::vector<std::string>& parts) {
  const std::string message = testing::message_of<Error>(read);
  for (const std::string& part : parts) {
    EXPECT_NE(message.find(part), std::string::npos) << "'" << part << "' in: " << message;
  }
}

TEST(CompressedFile, ReadsPlainGzipAndXz) {
  const TemporaryFolder folder;
  std::string bytes;
  for (int64_t i = 0; i < 3000000; ++i) bytes += static_cast<char>(i * i % 251);
  write_bytes(folder.path() / "a", bytes);
  write_bytes(folder.path() / "b.gz", gzip(bytes));
  write_bytes(folder.path() / "c.xz", xz(bytes));
  write_bytes(folder.path() / "d.gz", gzip("one ") + gzip("two"));
  for (const char* name : {"a", "b", "c"}) {
    const auto file = find_data_file(folder.path(), {"no", name});
    ASSERT_TRUE(file) << name;
    EXPECT_TRUE(read_data_file(*file) == bytes) << name;
  }
  EXPECT_EQ(read_data_file(folder.path() / "d.gz"), "one two");
  EXPECT_FALSE(find_data_file(folder.path(), {"e"}));
}

TEST(CompressedFile, NamesDamagedStreams) {
  const TemporaryFolder folder;
  const std::string text(10000, 'x');
  for (const auto& [name, whole] : {std::pair{"a.gz", gzip(text)}, std::pair{"a.xz", xz(text)}}) {
    const fs::path file = folder.path() / name;
    const auto refuses = [&](const std::string& bytes, const char* found) {
      write_bytes(file, bytes);
      expect_refusal([&] { read_data_file(file); }, {file.string(), found});
    };
    refuses(whole.substr(0, whole.size() - 6), "an end in its middle");
    refuses("", "an end in its middle");
    refuses("plain text, not compressed", "expected a sound");
    refuses(whole + "rest", "expected a sound");
    std::string flipped = whole;
    flipped[flipped.size() - 6] = static_cast<char>(flipped[flipped.size() - 6] ^ 1);
    refuses(flipped, "expected a sound");
  }
}

TEST(Idx, ReadsAFolderInAnyForm) {
  const TemporaryFolder folder;
  const fs::path plain = folder.path() / "plain", packed = folder.path() / "packed";
  write_idx_folder(plain);
  fs::create_directories(packed);
  // The other spelling, and every compression.
  const auto pack = [&](const char* from, const char* to, auto compress) {
    write_bytes(packed / to, compress(read_data_file(plain / from)));
  };
  pack("train-images-idx3-ubyte", "train-images.idx3-ubyte.gz", gzip);
  pack("train-labels-idx1-ubyte", "train-labels-idx1-ubyte.xz", xz);
  pack("t10k-images-idx3-ubyte", "t10k-images.idx3-ubyte", [](auto bytes) { return bytes; });
  pack("t10k-labels-idx1-ubyte", "t10k-labels-idx1-ubyte.gz", gzip);

  const RawImageSet a = read_idx_folder(plain), b = read_idx_folder(packed);
  EXPECT_EQ(a.training.pixels.sizes(), (std::vector<int64_t>{240, 1, 8, 6}));
  EXPECT_EQ(a.test.pixels.sizes(), (std::vector<int64_t>{60, 1, 8, 6}));
  EXPECT_TRUE(at::equal(a.training.pixels, b.training.pixels));
  EXPECT_TRUE(at::equal(a.test.pixels, b.test.pixels));
  EXPECT_TRUE(at::equal(a.training.labels, b.training.labels));
  EXPECT_EQ(a.training.labels[7].item<int64_t>(), 2);
  // Image 0 is of class 0: its first pixels are bright, by the rule 128 + (0 + 0 + 7) % 127.
  EXPECT_EQ(a.training.pixels[0][0][0][0].item<int>(), 135);
}

TEST(Idx, NamesWhatIsWrong) {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "images";
  const auto refuses = [&](const std::string& bytes, const std::vector<std::string>& parts) {
    write_bytes(file, bytes);
    expect_refusal([&] { read_idx_images(file); }, parts);
  };
  refuses("", {file.string(), "header of 16 bytes, found 0"});
  refuses(idx_header({2051, 3}), {"header of 16 bytes, found 8"});
  refuses(idx_header({2052, 1, 1, 1}) + "x", {"2051, IDX images", "found 2052"});
  refuses(idx_header({2049, 4}) + "abcd", {"found 2049, IDX labels", "right name"});
  refuses(idx_header({2051, 0, 28, 28}), {"expected one or more images"});
  refuses(idx_header({2051, 2, 0, 28}), {"expected one or more images"});
  refuses(idx_header({2051, 2, 2, 2}) + "1234567",
          {"8 bytes", "2 x 2 x 2", "found 7", "cut short"});
  refuses(idx_header({2051, 2, 2, 2}) + "123456789", {"found 9", "too long"});
  refuses(idx_header({2051, ~0u, ~0u, ~0u}) + "1", {"found 1", "cut short"});
  write_bytes(file, idx_header({2051, 1, 1, 1}) + "x");
  expect_refusal([&] { read_idx_labels(file); }, {"2049, IDX labels", "found 2051, IDX images"});
}

TEST(Idx, NamesMissingFilesAndUnequalCounts) {
  const TemporaryFolder folder;
  const auto refuses = [&](const std::vector<std::string>& parts) {
    expect_refusal([&] { read_idx_folder(folder.path()); }, parts);
  };
  refuses({folder.path().string(), "train-images-idx3-ubyte, plain or .gz or .xz, found none"});
  write_idx_folder(folder.path());
  write_bytes(folder.path() / "t10k-labels-idx1-ubyte", idx_header({2049, 3}) + "abc");
  refuses({"t10k-labels-idx1-ubyte", "expected 60 labels", "found 3"});
  fs::remove(folder.path() / "t10k-labels-idx1-ubyte");
  refuses({"expected t10k-labels-idx1-ubyte"});
}

TEST(CifarBinary, ReadsAFolderInAnyForm) {
  const TemporaryFolder folder;
  write_bytes(folder.path() / "data_batch_1.bin", cifar_records(20, 4, 1));
  write_bytes(folder.path() / "data_batch_2.bin.xz", xz(cifar_records(8, 4, 2)));
  write_bytes(folder.path() / "test_batch.bin.gz", gzip(cifar_records(6, 4, 3)));
  const RawImageSet set = read_cifar_folder(folder.path());
  EXPECT_EQ(set.training.pixels.sizes(), (std::vector<int64_t>{28, 3, 32, 32}));
  EXPECT_EQ(set.test.pixels.size(0), 6);
  EXPECT_EQ(set.training.labels[21].item<int64_t>(), 1);
  // Green of the second row's third pixel, p = 1024 + 32 + 2, in image 1 of the second batch.
  const int64_t p = 1024 + 32 + 2, bright = p * 4 / 3072 == 1 ? 128 : 0;
  EXPECT_EQ(set.training.pixels[21][1][1][2].item<int64_t>(), bright + (31 + p * 17 + 14) % 127);
}

TEST(CifarBinary, NamesWhatIsWrong) {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "data_batch_1.bin";
  write_bytes(file, "");
  expect_refusal([&] { read_cifar_file(file); }, {file.string(), "one or more records", "found 0"});
  write_bytes(file, cifar_records(2, 2, 1).substr(1));
  expect_refusal([&] { read_cifar_file(file); }, {"3073 bytes", "1 records and 3072 bytes"});
  expect_refusal([&] { read_cifar_folder(folder.path()); }, {"expected test_batch.bin"});
  fs::rename(file, folder.path() / "test_batch.bin");
  expect_refusal([&] { read_cifar_folder(folder.path()); }, {"expected data_batch_1.bin"});
}

}  // namespace
}  // namespace saltus
