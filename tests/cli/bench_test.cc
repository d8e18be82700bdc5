// saltus bench on workloads that take a moment, with peers that only say what they did.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "program.h"

namespace saltus::testing {
namespace {

constexpr const char* kTinyZoo =
    "what: two short runs\n"
    "path: zoo\n"
    "unit: environment-steps\n"
    "population: [population.runs=2, population.checkpoints=2, ppo.environments=64, "
    "ppo.iterations=2]\n";

class BenchCommand : public ::testing::Test {
 protected:
  // A workload of the tiny zoo and a peer that prints `output`.
  std::string workload_with_peer(const std::string& output) const {
    spill(folder_ / "peer.py", "print('warming up')\nprint('''" + output + "''')\n");
    const std::string file = folder_ / "tiny.yaml";
    spill(file,
          kTinyZoo + ("peer_script: " + (folder_ / "peer.py")) + "\npeers: [slow=5, fast=5]\n");
    return file;
  }
  ProgramResult bench(const std::string& workload) const {
    return run_saltus({"bench", workload, "--repeats", "2", "--threads", "1", "--python", "python3",
                       "--scratch", folder_.path().string(), "--json", folder_ / "speed.json"});
  }

  TemporaryFolder folder_;
};

TEST_F(BenchCommand, ComparesWithPeersAndWritesJson) {
  const ProgramResult result =
      bench(workload_with_peer(R"({"work": 10, "seconds": 2, "score": 1.5})"));
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.out.find("two short runs"), std::string::npos) << result.out;
  const auto json = nlohmann::json::parse(slurp(folder_ / "speed.json"));
  EXPECT_GT(json.at("peaks").at("gemm_f32"), 0);
  const auto& own = json.at("workloads").at("tiny");
  EXPECT_EQ(own.at("peers").at("slow").at("median"), 5);
  EXPECT_EQ(own.at("peers").at("fast").at("score"), 1.5);
  const double rate = own.at("rate").at("median");
  EXPECT_GE(rate, own.at("rate").at("low").get<double>());
  const auto& ratio = json.at("ratios").at("tiny/slow");
  EXPECT_DOUBLE_EQ(ratio.at("value"), rate / 5);
  EXPECT_EQ(ratio.at("target"), 5);
  EXPECT_EQ(ratio.at("met"), true);
  for (const auto& entry : fs::directory_iterator(folder_.path())) {
    EXPECT_FALSE(entry.is_directory()) << entry.path() << " was left behind";
  }
}

TEST_F(BenchCommand, SaysWhatAPeerPrintedInstead) {
  const ProgramResult result = bench(workload_with_peer("Traceback"));
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.out.find("slow             not measured"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("found 'Traceback', exit code 0"), std::string::npos) << result.out;
  const auto json = nlohmann::json::parse(slurp(folder_ / "speed.json"));
  EXPECT_TRUE(json.at("workloads").at("tiny").at("peers").at("slow").contains("failure"));
}

TEST_F(BenchCommand, ComparesWithAnotherWorkload) {
  spill(folder_ / "base.yaml", kTinyZoo);
  spill(folder_ / "tiny.yaml", kTinyZoo + std::string("against: [base=0.01]\n"));
  const ProgramResult result = bench(folder_ / "tiny.yaml");
  ASSERT_EQ(result.code, 0) << result.err;
  const auto json = nlohmann::json::parse(slurp(folder_ / "speed.json"));
  const auto& own = json.at("workloads").at("tiny");
  EXPECT_EQ(own.at("peers").at("base").at("score"), own.at("rate").at("score"));  // same seed
  EXPECT_EQ(json.at("ratios").at("tiny/base").at("met"), true);

  spill(folder_ / "base.yaml", kTinyZoo + std::string("against: [tiny=1]\n"));
  EXPECT_NE(bench(folder_ / "tiny.yaml").err.find("a circle: tiny, base, tiny"), std::string::npos);
}

TEST_F(BenchCommand, HoldsAScoreToItsAim) {
  const std::string file = folder_ / "large.yaml";
  spill(file,
        "path: large\nunit: bytes\ngigabytes: 0.01\nscore_below: 1e-4\n"
        "population: [population.runs=2, population.checkpoints=2, ppo.environments=64, "
        "ppo.iterations=2]\n");
  const ProgramResult result = bench(file);
  ASSERT_EQ(result.code, 0) << result.err;
  const auto json = nlohmann::json::parse(slurp(folder_ / "speed.json"));
  const auto& ratio = json.at("ratios").at("large/score");
  EXPECT_GT(ratio.at("value"), 1e-3);  // GB: no process is as small as the aim
  EXPECT_EQ(ratio.at("met"), false);
}

TEST_F(BenchCommand, GoesOnAfterAWorkloadThatCannotBeRun) {
  const std::string broken = folder_ / "broken.yaml";
  spill(broken,
        "what: more checkpoints than iterations\npath: zoo\nunit: runs\n"
        "population: [population.runs=2, population.checkpoints=9, ppo.iterations=2]\n");
  const std::string sound = workload_with_peer(R"({"work": 1, "seconds": 1, "score": 1})");
  const ProgramResult result =
      run_saltus({"bench", broken, sound, "--repeats", "1", "--threads", "1", "--no-peers",
                  "--scratch", folder_.path().string(), "--json", folder_ / "speed.json"});
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.err.find("population.checkpoints"), std::string::npos) << result.err;
  const auto json = nlohmann::json::parse(slurp(folder_ / "speed.json"));
  EXPECT_TRUE(json.at("failures").contains("broken"));
  EXPECT_TRUE(json.at("workloads").contains("tiny"));
}

TEST_F(BenchCommand, RefusesAWorkloadItDoesNotUnderstand) {
  const std::string file = folder_ / "odd.yaml";
  const auto refusal = [&](const std::string& text) {
    spill(file, text);
    return bench(file).err;
  };
  EXPECT_NE(refusal("path: zu\nunit: runs\n").find("expected one of zoo"), std::string::npos);
  EXPECT_NE(refusal("path: zoo\n").find("expected the unit of work"), std::string::npos);
  EXPECT_NE(refusal("unit: runs\npeer_script: x.py\npeers: [a]\n").find("NAME=AIM"),
            std::string::npos);
  EXPECT_NE(refusal("unit: runs\npeers: [a=2]\n").find("peer_script"), std::string::npos);
  EXPECT_NE(refusal("units: runs\n").find("did you mean unit?"), std::string::npos);
  EXPECT_NE(refusal("unit: runs\npopulation: [population.rnus=3]\n").find("population.runs"),
            std::string::npos);
  EXPECT_NE(refusal("unit: runs\nconfig: none.yaml\n").find("none.yaml"), std::string::npos);
}

// The workloads that the project ships are read, whatever else fails to be there.
TEST_F(BenchCommand, ShippedWorkloadsAreUnderstood) {
  const fs::path before = fs::current_path();
  fs::current_path(SALTUS_SOURCE_DIR);  // where their configurations are
  int count = 0;
  for (const auto& entry : fs::directory_iterator(SALTUS_SOURCE_DIR "/bench/workloads")) {
    // Read and checked, and then there is nowhere to put anything.
    const ProgramResult result = run_saltus({"bench", entry.path().string(), "--scratch", "/none"});
    EXPECT_NE(result.err.find("--scratch"), std::string::npos) << result.err;
    ++count;
  }
  fs::current_path(before);
  EXPECT_GE(count, 10);
}

}  // namespace
}  // namespace saltus::testing
