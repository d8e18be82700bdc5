#include <gtest/gtest.h>

#include "program.h"

namespace saltus::testing {
namespace {

TEST(Report, RefusesWhatIsNoResults) {
  const TemporaryFolder folder;
  spill(folder / "broken.json", "{\"task\": ");
  spill(folder / "list.json", "[1, 2]");
  for (const char* name : {"broken.json", "list.json"}) {
    const ProgramResult result = run_saltus({"report", folder / name, "-o", folder / "r.html"});
    EXPECT_EQ(result.code, 1) << name;
    EXPECT_FALSE(result.err.empty());
    EXPECT_FALSE(fs::exists(folder / "r.html")) << name;
  }
}

std::vector<std::string> report_of(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "report");
  return arguments;
}

TEST(Report, ComparesSeveralResults) {
  const TemporaryFolder folder;
  spill(folder / "a.json", R"({"format": "saltus-results/1", "task": "first"})");
  spill(folder / "b.json", R"({"format": "saltus-results/1", "task": "second"})");
  const std::string a = folder / "a.json", b = folder / "b.json", page = folder / "sub/r.html";
  const ProgramResult result = run_saltus(report_of({a, b, "-o", page}));
  ASSERT_EQ(result.code, 0) << result.err;
  const std::string html = slurp(page);
  EXPECT_NE(html.find("\"task\":\"first\""), std::string::npos);
  EXPECT_NE(html.find("\"task\":\"second\""), std::string::npos);
}

TEST(Report, WantsAFolderForEachResultsFileOrOneForAll) {
  const TemporaryFolder folder;
  spill(folder / "a.json", "{}");
  spill(folder / "metrics.jsonl", "{\"step\": 1}\n");
  const std::string a = folder / "a.json", page = folder / "r.html", here = folder / "";
  EXPECT_EQ(run_saltus(report_of({a, a, a, "--training", here, "-o", page})).code, 0);
  const ProgramResult wrong =
      run_saltus(report_of({a, a, a, "--training", here, "--training", here, "-o", page}));
  EXPECT_EQ(wrong.code, 2);
  EXPECT_NE(wrong.err.find("each of the 3 results"), std::string::npos) << wrong.err;
  const ProgramResult no_zoo = run_saltus(report_of({a, "--zoo", here, "-o", page}));
  EXPECT_EQ(no_zoo.code, 1);
  EXPECT_NE(no_zoo.err.find("zoo.json"), std::string::npos) << no_zoo.err;
}

}  // namespace
}  // namespace saltus::testing
