#include "saltus/base/team.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace saltus {
namespace {

TEST(Team, LocalRankIsWhatTheLauncherSays) {
  unsetenv("OMPI_COMM_WORLD_LOCAL_RANK");
  unsetenv("SLURM_LOCALID");
  EXPECT_EQ(local_rank(), 0);
  setenv("SLURM_LOCALID", "3", 1);
  EXPECT_EQ(local_rank(), 3);
  setenv("OMPI_COMM_WORLD_LOCAL_RANK", "2", 1);  // within a job of SLURM
  EXPECT_EQ(local_rank(), 2);
  unsetenv("OMPI_COMM_WORLD_LOCAL_RANK");
  unsetenv("SLURM_LOCALID");
}

}  // namespace
}  // namespace saltus
