#include "saltus/formats/parquet_writer.h"

#include "saltus/formats/format_files_test.h"

namespace saltus {
namespace {

std::vector<ParquetColumn> small_table() {
  return {{"file", std::vector<std::string>{"run0/a", "run1/b\n", ""}},
          {"run", std::vector<int64_t>{0, -1, int64_t{1} << 40}},
          {"loss", std::vector<float>{0.5f, -1e-8f, 2.25f}}};
}

// The fixture was read back with pyarrow (tests/golden/formats/make.py).
TEST(ParquetWriter, WritesWhatArrowReads) {
  EXPECT_EQ(encode_parquet(small_table()), testing::format_fixture("table.parquet"));
}

TEST(ParquetWriter, CutsLongTablesIntoGroups) {
  const std::vector<int64_t> many((1 << 20) + 5, 7);
  const std::string file = encode_parquet({{"n", many}});
  EXPECT_EQ(file.substr(0, 4), "PAR1");
  EXPECT_EQ(file.substr(file.size() - 4), "PAR1");
  EXPECT_GT(file.size(), many.size() * sizeof(int64_t));
  EXPECT_LT(file.size(), many.size() * sizeof(int64_t) + 400);
}

}  // namespace
}  // namespace saltus
