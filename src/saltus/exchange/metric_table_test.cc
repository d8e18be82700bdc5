#include "saltus/exchange/metric_table.h"

#include <gtest/gtest.h>

#include <cmath>

#include "saltus/base/error.h"
#include "saltus/base/file.h"
#include "tests/support/temporary.h"

namespace saltus {
namespace {

struct TableFile {
  explicit TableFile(const std::string& text) { write_file(path(), text); }
  fs::path path() const { return folder.path() / "table"; }
  testing::TemporaryFolder folder;
};

std::string table_complaint(const std::string& text) {
  const TableFile file(text);
  return testing::message_of<Error>([&] { const MetricTable table(file.path()); });
}

TEST(MetricTable, ReadsCsvAndJsonLinesAlike) {
  for (const char* text :
       {"run,iteration,date,loss,acc\n003, 0 ,today,2.5,\n3,100,\"now, then\",0.5,0.9\n",
        "{\"run\": \"003\", \"iteration\": 0, \"date\": \"today\", \"loss\": 2.5, \"acc\": null}\n"
        "{\"run\": 3, \"iteration\": 100, \"loss\": 0.5, \"acc\": 0.9}\n"}) {
    const TableFile file(text);
    const MetricTable table(file.path());
    EXPECT_EQ(table.metrics(), (std::vector<std::string>{"loss", "acc"}));
    EXPECT_FALSE(table.by_file());
    const std::vector<double>* first = table.find("3", 0);  // 003 is the same run
    ASSERT_NE(first, nullptr);
    EXPECT_EQ((*first)[0], 2.5);
    EXPECT_TRUE(std::isnan((*first)[1]));
    EXPECT_EQ(*table.find("0003", 100), (std::vector<double>{0.5, 0.9}));
    EXPECT_EQ(table.find("3", 1), nullptr);
  }
}

TEST(MetricTable, FindsFiles) {
  const TableFile file("file,loss\na/1.pt,0.25\n");
  const MetricTable table(file.path());
  EXPECT_TRUE(table.by_file());
  EXPECT_EQ(*table.find_file("a/1.pt"), std::vector<double>{0.25});
}

TEST(MetricTable, SaysWhatIsWrongAndWhere) {
  const std::pair<const char*, const char*> cases[] = {
      {"run,loss\n1,2\n", "columns 'run' and 'iteration', or 'file'"},
      {"run,iteration,loss\n1,2\n", "line 2: expected 3 cells"},
      {"run,iteration,loss\n1,0,1\n1,0,2\n", "line 3: expected one row a checkpoint"},
      {"run,iteration,loss\n1,0,1\n1,1,high\n", "line 3: expected a number for 'loss'"},
      {"run,iteration,loss\n1,0.5,1\n", "expected a whole number"},
      {"run,iteration,note\n1,0,x\n", "expected a column of numbers"},
      {"{\"run\": 1,\n", "line 1"},
      {"", "found "}};
  for (const auto& [text, part] : cases) {
    const std::string message = table_complaint(text);
    EXPECT_NE(message.find(part), std::string::npos) << text << " " << message;
  }
}

}  // namespace
}  // namespace saltus
