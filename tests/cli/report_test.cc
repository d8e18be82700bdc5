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

}  // namespace
}  // namespace saltus::testing
