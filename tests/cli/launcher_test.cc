// `saltus` alone, with a script in the engine's place.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "program.h"

namespace saltus::testing {
namespace {

class Launcher : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::copy_file(SALTUS_PROGRAM, folder_ / "saltus");
    std::ofstream(folder_ / "saltus-engine")
        << "#!/bin/sh\necho \"$GOMP_SPINCOUNT,$OMP_WAIT_POLICY\" \"$@\"\n";
    fs::permissions(folder_ / "saltus-engine", fs::perms::owner_all);
  }
  void TearDown() override {
    unsetenv("GOMP_SPINCOUNT");
    unsetenv("OMP_WAIT_POLICY");
  }

  std::string started() const {
    return RunningProgram({"zoo", "info"}, folder_ / "saltus").wait().out;
  }

  TemporaryFolder folder_;
};

TEST_F(Launcher, GivesTheEngineItsArgumentsAndThreadsThatSleepWhenTheyWait) {
  unsetenv("GOMP_SPINCOUNT");
  EXPECT_EQ(started(), "1000, zoo info\n");
}

TEST_F(Launcher, LeavesWhatTheUserSet) {
  setenv("GOMP_SPINCOUNT", "7", 1);
  EXPECT_EQ(started(), "7, zoo info\n");
  unsetenv("GOMP_SPINCOUNT");
  setenv("OMP_WAIT_POLICY", "active", 1);
  EXPECT_EQ(started(), ",active zoo info\n");
}

TEST_F(Launcher, SaysWhichFileIsMissing) {
  fs::remove(folder_ / "saltus-engine");
  const ProgramResult result = RunningProgram({"zoo", "info"}, folder_ / "saltus").wait();
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.err.find(folder_ / "saltus-engine"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace saltus::testing
