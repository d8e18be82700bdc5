#include "saltus/base/file.h"

#include <gtest/gtest.h>

#include "saltus/base/error.h"
#include "saltus/base/memory.h"
#include "tests/support/temporary.h"

namespace saltus {
namespace {

using testing::message_of;
using testing::TemporaryFolder;

std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

TEST(WriteFile, ReplacesTheWholeFile) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "a";
  write_file(path, "a long first content");
  write_file(path, "short");
  EXPECT_EQ(read_file(path), "short");
  EXPECT_FALSE(fs::exists(path.string() + ".tmp"));
}

TEST(WriteFile, NamesPathAndReason) {
  const std::string message = message_of<Error>([] { write_file("/no/such/folder/a", "x"); });
  EXPECT_NE(message.find("/no/such/folder/a"), std::string::npos) << message;
  EXPECT_NE(message.find("No such file"), std::string::npos) << message;
}

TEST(ReadFile, NamesAMissingFile) {
  const std::string message = message_of<Error>([] { read_file("/no/such/file"); });
  EXPECT_NE(message.find("/no/such/file: No such file"), std::string::npos) << message;
}

TEST(ReadFile, RefusesAFolder) {
  const TemporaryFolder folder;
  EXPECT_THROW(read_file(folder.path()), Error);
  EXPECT_THROW(MappedFile(folder.path()), Error);
}

TEST(AtomicFile, LeavesNoTraceWithoutCommit) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "a";
  write_file(path, "old");
  {
    AtomicFile file(path);
    file.write(as_bytes("new"));
    EXPECT_TRUE(fs::exists(path.string() + ".tmp"));
  }
  EXPECT_EQ(read_file(path), "old");
  EXPECT_FALSE(fs::exists(path.string() + ".tmp"));
}

TEST(AtomicFile, OverwritesAStaleTemporary) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "a";
  write_file(path.string() + ".tmp", "left behind by a killed program, and longer");
  AtomicFile file(path);
  file.write(as_bytes("one "));
  file.write(as_bytes("two"));
  file.commit();
  EXPECT_EQ(read_file(path), "one two");
}

TEST(MappedFile, MapsAndMoves) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "a";
  write_file(path, "bytes");
  MappedFile file(path);
  const std::byte* address = file.bytes().data();
  MappedFile moved = std::move(file);
  EXPECT_EQ(moved.bytes().data(), address);
  EXPECT_EQ(moved.bytes().size(), 5u);
  EXPECT_EQ(static_cast<char>(moved.bytes()[4]), 's');
}

TEST(MappedFile, ReleasesTheMemoryOfWhatWasRead) {
  constexpr size_t kSize = size_t{32} << 20;
  const TemporaryFolder folder;
  write_file(folder.path() / "a", std::string(kSize, 'x'));
  const MappedFile file(folder.path() / "a");
  const auto read_all = [&] { return hash_bytes(file.bytes()); };
  const int64_t before = resident_memory().files;
  const uint64_t hash = read_all();
  const int64_t read = resident_memory().files;
  EXPECT_GT(read - before, int64_t{kSize} * 9 / 10);
  file.release();
  EXPECT_LT(resident_memory().files - before, int64_t{kSize} / 10);
  EXPECT_EQ(read_all(), hash);
}

TEST(MappedFile, AcceptsAnEmptyFile) {
  const TemporaryFolder folder;
  write_file(folder.path() / "empty", "");
  EXPECT_TRUE(MappedFile(folder.path() / "empty").bytes().empty());
}

// The published test values of XXH64 with seed 0.
TEST(Hash, KnownAnswers) {
  EXPECT_EQ(hash_text(hash_bytes({})), "ef46db3751d8e999");
  EXPECT_EQ(hash_text(hash_bytes(as_bytes("abc"))), "44bc2cf5ad770999");
  EXPECT_EQ(hash_text(0xabc), "0000000000000abc");
}

}  // namespace
}  // namespace saltus
