#include "saltus/workflow/cards.h"

#include <gtest/gtest.h>

#include "saltus/base/file.h"
#include "tests/support/small_zoo.h"
#include "tests/support/temporary.h"

namespace saltus {
namespace {

using testing::TemporaryFolder;

TEST(Cards, AZoosCardSaysWhatItHolds) {
  const TemporaryFolder folder;
  testing::write_small_zoo(folder.path() / "zoo", 40);
  const Zoo zoo(folder.path() / "zoo");
  const std::string card = zoo_card(zoo, "cc-by-4.0");
  EXPECT_TRUE(card.starts_with("---\nlicense: \"cc-by-4.0\"\nlibrary_name: saltus\n"));
  for (const std::string& part :
       {std::string("40 training runs of 5 checkpoints"), std::string("| `a.weight` | 5 × 3 |"),
        std::string("return (maximise, on simulator) | 0 |"), hash_text(zoo.hash()),
        std::string("\"rate\": 0.1")}) {
    EXPECT_NE(card.find(part), std::string::npos) << part << "\nin\n" << card;
  }
}

TEST(Cards, AnOwnersTextStays) {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "README.md";
  testing::write_small_zoo(folder.path() / "zoo", 40);
  const Zoo zoo(folder.path() / "zoo");
  write_card(folder.path(), zoo_card(zoo, "unknown"));
  write_card(folder.path(), zoo_card(zoo, "mit"));
  EXPECT_NE(read_file(file).find("license: \"mit\""), std::string::npos) << "not written again";
  write_file(file, "# Mine\n");
  write_card(folder.path(), zoo_card(zoo, "mit"));
  EXPECT_EQ(read_file(file), "# Mine\n");
}

}  // namespace
}  // namespace saltus
