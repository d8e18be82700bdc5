#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "program.h"

namespace saltus::testing {
namespace {

TEST(Version, JsonNamesEverythingResultsDependOn) {
  const ProgramResult result = run_saltus({"version", "--json"});
  ASSERT_EQ(result.code, 0) << result.err;
  const nlohmann::json facts = nlohmann::json::parse(result.out);
  EXPECT_TRUE(facts.at("torch").get<std::string>().starts_with("2."));
  EXPECT_FALSE(facts.at("saltus").get<std::string>().empty());
  EXPECT_FALSE(facts.at("compiler").get<std::string>().empty());
  EXPECT_FALSE(facts.at("isa").get<std::string>().empty());
  EXPECT_GE(facts.at("threads").get<int>(), 1);
}

TEST(Version, TextAndJsonAgree) {
  const ProgramResult text = run_saltus({"version"});
  const nlohmann::json facts = nlohmann::json::parse(run_saltus({"version", "--json"}).out);
  EXPECT_NE(text.out.find("saltus " + facts.at("saltus").get<std::string>()), std::string::npos);
  EXPECT_NE(text.out.find("torch " + facts.at("torch").get<std::string>()), std::string::npos);
}

// LibTorch, which the light commands do without, takes ten times as long to load.
TEST(Version, StartsAtOnce) {
  double best = 1e9;
  for (int i = 0; i < 20; ++i) {
    const auto began = std::chrono::steady_clock::now();
    run_saltus({"version"});
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    best = std::min(best, took.count());
  }
  EXPECT_LT(best, 0.03);
}

TEST(Version, SaysWhereTheEngineIsMissing) {
  const TemporaryFolder folder;
  const fs::path lonely = folder.path() / "saltus";
  fs::copy_file(SALTUS_PROGRAM, lonely);
  const ProgramResult result = RunningProgram({"train"}, lonely).wait();
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.err.find((folder.path() / "saltus-engine").string()), std::string::npos)
      << result.err;
}

}  // namespace
}  // namespace saltus::testing
