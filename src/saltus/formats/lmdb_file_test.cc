#include "saltus/formats/lmdb_file.h"

#include "saltus/formats/format_files_test.h"

namespace saltus {
namespace {

using testing::golden_path;

const char* const kSet = "lmdb/cartpole/000000";

std::string lmdb_complaint(const std::string& bytes) {
  const testing::TemporaryFolder folder;
  testing::spill_file(folder.path() / "data.mdb", bytes);
  return testing::message_of<Error>([&] {
    const LmdbFile file(folder.path());
    uint64_t sum = 0;
    for (const LmdbEntry& entry : file.entries()) sum += entry.key.size() + hash_bytes(entry.value);
    EXPECT_GE(sum, 0u);
  });
}

TEST(LmdbFile, ListsEntriesInTheOrderOfTheirKeys) {
  const LmdbFile file(golden_path(kSet));
  ASSERT_EQ(file.entries().size(), 15u);  // five checkpoints: parameters, sizes, return
  EXPECT_EQ(file.entries()[0].key, "000000/it00000.pt");
  EXPECT_EQ(file.entries()[0].value.size(), 1250 * sizeof(float));  // beyond a page
  EXPECT_EQ(file.entries()[1].key, "000000/it00000.pt_arch");
  EXPECT_EQ(file.entries()[1].value.size(), 7 * sizeof(float));
  EXPECT_TRUE(std::ranges::is_sorted(file.entries(), {}, &LmdbEntry::key));
}

TEST(LmdbFile, RefusesOtherFilesAndTruncatedOnes) {
  EXPECT_NE(lmdb_complaint(""), "");
  EXPECT_NE(lmdb_complaint(std::string(20000, 'x')), "");
  const std::string good = read_file(golden_path(kSet) / "data.mdb");
  EXPECT_EQ(lmdb_complaint(good), "");
  const std::string message = lmdb_complaint(good.substr(0, 4096 * 6));
  EXPECT_NE(message.find("truncated"), std::string::npos) << message;
}

TEST(LmdbFile, SurvivesDamage) {
  const std::string good = read_file(golden_path(kSet) / "data.mdb");
  int refused = 0;
  for (size_t place = 0; place < good.size(); place += 61) {
    std::string bad = good;
    bad[place] = static_cast<char>(bad[place] ^ 0xff);
    if (!lmdb_complaint(bad).empty()) ++refused;
  }
  for (size_t place = 4096 * 2; place < good.size(); ++place) {
    if (place % 4096 > 200) continue;  // where pages keep their lists
    std::string bad = good;
    bad[place] = static_cast<char>(bad[place] ^ 0x81);
    if (!lmdb_complaint(bad).empty()) ++refused;
  }
  EXPECT_GT(refused, 20);
}

}  // namespace
}  // namespace saltus
