#include "terminal.h"

#include <gtest/gtest.h>

namespace saltus {
namespace {

TEST(Terminal, DurationsReadLikeAClock) {
  EXPECT_EQ(duration_text(0), "0:00");
  EXPECT_EQ(duration_text(6.2), "0:07");
  EXPECT_EQ(duration_text(750), "12:30");
  EXPECT_EQ(duration_text(3723), "1:02:03");
}

TEST(Terminal, ProgressHasBarRateEtaAndFigures) {
  const Progress progress{"zoo", 600, 1000, "runs", {{"return", 471.23}}};
  EXPECT_EQ(progress_text(progress, {12.34, 32.4}, 10),
            "zoo [######....]  60 % 600/1000 runs, 12.3 runs/s, ETA 0:33, return 471.2");
}

TEST(Terminal, ProgressLeavesOutWhatIsNotKnown) {
  EXPECT_EQ(progress_text({"zoo", 0, 8, "runs", {}}, {}, 0), "zoo   0 % 0/8 runs");
}

TEST(Terminal, AFinishedStageSaysHowLongItTook) {
  EXPECT_EQ(progress_text({"zoo", 8, 8, "runs", {}}, {2, 0, 4}, 0),
            "zoo 100 % 8/8 runs, 2 runs/s, took 0:04");
}

TEST(Terminal, ARateThatTheJobReportsIsNotRepeated) {
  EXPECT_EQ(progress_text({"zoo", 4, 8, "runs", {{"runs/s", 2}}}, {2.1, 2}, 0),
            "zoo  50 % 4/8 runs, ETA 0:02, runs/s 2");
}

TEST(Terminal, ProgressNeverClaimsMoreThanAll) {
  EXPECT_EQ(progress_text({"x", 9, 8, "steps", {}}, {}, 4), "x [####] 100 % 9/8 steps");
  EXPECT_EQ(progress_text({"x", 0, 0, "steps", {}}, {}, 4), "x [....]   0 % 0/0 steps");
}

}  // namespace
}  // namespace saltus
