// Two processes under mpirun do what one does; one that dies ends both, and nothing is lost.
#include <gtest/gtest.h>
#include <sys/types.h>

#include <csignal>
#include <cstdlib>
#include <memory>

#include "program.h"
#include "saltus/base/json.h"
#include "tests/support/same_bytes.h"
#include "tiny_model.h"

namespace saltus::testing {
namespace {

using Arguments = std::vector<std::string>;

class Mpi : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::string(SALTUS_MPIRUN).empty()) GTEST_SKIP() << "no mpirun: built without MPI";
    setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
    setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
    tiny_model();
  }
  static void TearDownTestSuite() { one_process_.reset(); }

  // What one process makes, with as many threads as each of two has.
  static const fs::path& one_process() {
    if (!one_process_) {
      one_process_ = std::make_unique<TemporaryFolder>();
      const ProgramResult trained = run_saltus(train(one_process_->path()));
      EXPECT_EQ(trained.code, 0) << trained.err;
    }
    return one_process_->path();
  }

  static Arguments two(const Arguments& command) {
    return Arguments{"-np", "2", "--oversubscribe", SALTUS_PROGRAM} + command;
  }
  static ProgramResult run_two(const Arguments& command) {
    return RunningProgram(two(command), SALTUS_MPIRUN).wait();
  }
  static Arguments train(const std::string& folder) {
    // Where a product is shared out among more threads, its parts may round otherwise.
    return Arguments{"train", "--zoo", tiny_zoo(), "-o", folder, "--threads", "1"} +
           tiny_training_options();
  }

  const TemporaryFolder folder_;

 private:
  inline static std::unique_ptr<TemporaryFolder> one_process_;
};

TEST_F(Mpi, BuildsTheZooThatOneProcessBuilds) {
  const std::string zoo = folder_ / "zoo";
  const ProgramResult built = run_two(Arguments{"zoo", "build", "-o", zoo} + tiny_zoo_options());
  ASSERT_EQ(built.code, 0) << built.err;
  EXPECT_TRUE(same_zoo(zoo, tiny_zoo()));
  EXPECT_FALSE(fs::exists(zoo + ".parts"));
  // Nothing is left to do.
  EXPECT_EQ(run_two(Arguments{"zoo", "build", "-o", zoo} + tiny_zoo_options()).code, 0);
  EXPECT_TRUE(same_zoo(zoo, tiny_zoo()));
}

// Two workers, one a process: the sum of two numbers has one rounding, whoever adds them.
TEST_F(Mpi, TrainsTheWeightsThatOneProcessTrains) {
  const std::string generator = folder_ / "generator";
  const ProgramResult trained = run_two(train(generator));
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_TRUE(
      same_bytes(generator + "/generator.safetensors", one_process() / "generator.safetensors"));
  const saltus::Json record =
      saltus::parse_json(slurp(generator + "/training.json"), "training.json");
  EXPECT_EQ(record.value("gradients_summed_by", ""), "MPI");
}

TEST_F(Mpi, ADeadProcessEndsTheJobAndTheNextGoesOn) {
  const std::string generator = folder_ / "generator";
  const Arguments slow = train(generator);
  RunningProgram launcher(two(slow), SALTUS_MPIRUN);
  ASSERT_TRUE(launcher.wait_until([&] { return fs::exists(generator + "/state.safetensors"); }));
  // The second child of mpirun is one of the two.
  const std::vector<pid_t> children = launcher.children();
  ASSERT_EQ(children.size(), 2);
  kill(children.back(), SIGKILL);
  EXPECT_NE(launcher.wait().code, 0);
  EXPECT_FALSE(fs::exists(generator + "/training.json")) << "the training had ended";
  ASSERT_EQ(run_two(slow).code, 0);
  EXPECT_TRUE(
      same_bytes(generator + "/generator.safetensors", one_process() / "generator.safetensors"));
}

TEST_F(Mpi, SaysWhenWorkersCannotBeSharedOut) {
  const ProgramResult result =
      run_two(train(folder_ / "generator") + Arguments{"training.workers=1"});
  EXPECT_NE(result.code, 0);
  EXPECT_NE(result.err.find("multiple of the 2 processes"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace saltus::testing
