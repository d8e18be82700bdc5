#include "saltus/formats/zip_archive.h"

#include <zlib.h>

#include "saltus/formats/format_files_test.h"
#include "saltus/formats/zip_writer.h"

namespace saltus {
namespace {

std::string small_zip(std::string_view name = "folder/record") {
  ZipWriter zip;
  zip.add("a", "first");
  zip.add(name, "second, longer");
  return zip.finish();
}

struct OpenZip {
  explicit OpenZip(const std::string& bytes) {
    testing::spill_file(folder.path() / "z.zip", bytes);
    archive = std::make_unique<ZipArchive>(folder.path() / "z.zip");
  }
  testing::TemporaryFolder folder;
  std::unique_ptr<ZipArchive> archive;
};

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string zip_complaint(const std::string& bytes) {
  return testing::message_of<Error>([&] {
    const OpenZip zip(bytes);
    std::vector<std::byte> unpacked;
    for (const std::string_view name : zip.archive->names()) zip.archive->read(name, unpacked);
  });
}

void expect_zip_complaint(const std::string& bytes, const std::string& part) {
  const std::string complaint = zip_complaint(bytes);
  EXPECT_NE(complaint.find(part), std::string::npos) << complaint;
}

// Replaces the only `from` behind `begin` in `bytes`.
std::string patched(std::string bytes, const std::string& from, const std::string& to,
                    size_t begin = 0) {
  const size_t place = bytes.find(from, begin);
  EXPECT_NE(place, std::string::npos);
  return bytes.replace(place, from.size(), to);
}

// The fixture's deflated record "a.npy" with another unpacked size in its directory entry.
std::string with_unpacked_size(std::string bytes, uint32_t size) {
  const size_t entry = bytes.find("PK\x01\x02");
  for (size_t i = 0; i < 4; ++i) bytes[entry + 24 + i] = static_cast<char>(size >> (8 * i));
  return bytes;
}

TEST(ZipArchive, ReadsWhatTheWriterWrites) {
  const OpenZip zip(small_zip());
  EXPECT_EQ(zip.archive->names(), (std::vector<std::string_view>{"a", "folder/record"}));
  EXPECT_EQ(text_of(zip.archive->read("folder/record")), "second, longer");
  const auto record = zip.archive->read("folder/record");
  const auto first = zip.archive->read("a");
  EXPECT_EQ((record.data() - first.data()) % 64, 0);  // both aligned
}

TEST(ZipArchive, RefusesNamesThatLeaveTheArchive) {
  for (const char* name : {"../x", "folder/../../x", "/etc/x", "a\\b", "x/.."}) {
    expect_zip_complaint(small_zip(name), "leads out of the archive");
  }
  EXPECT_EQ(zip_complaint(small_zip("x..y/..z")), "");
}

TEST(ZipArchive, RefusesBombsByTheirOwnDirectory) {
  const std::string good = testing::format_fixture("deflated.npz");
  expect_zip_complaint(with_unpacked_size(good, 0xfffffff0), "a bomb, refused");
  // No bomb, but not what it says.
  expect_zip_complaint(with_unpacked_size(good, 1000), "does not unpack to the 1000 bytes");
  expect_zip_complaint(with_unpacked_size(good, 10), "does not unpack to the 10 bytes");
}

TEST(ZipArchive, RefusesTwoRecordsOfOneName) {
  ZipWriter zip;
  zip.add("same", "1");
  zip.add("same", "2");
  expect_zip_complaint(zip.finish(), "two records named 'same'");
}

TEST(ZipArchive, NoticesChangedBytesAndTruncation) {
  const std::string good = small_zip();
  EXPECT_EQ(zip_complaint(good), "");
  expect_zip_complaint(patched(good, "longer", "LONGER"), "does not match its checksum");
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_NE(zip_complaint(good.substr(0, size)), "") << size;
  }
}

TEST(ZipWriter, GivesTheSameBytes) { EXPECT_EQ(small_zip(), small_zip()); }

}  // namespace
}  // namespace saltus
