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
  EXPECT_FALSE(facts.at("isa").at("torch").get<std::string>().empty());
  EXPECT_FALSE(facts.at("isa").at("simulator").get<std::string>().empty());
  EXPECT_GE(facts.at("threads").get<int>(), 1);
}

TEST(Version, TextAndJsonAgree) {
  const ProgramResult text = run_saltus({"version"});
  const nlohmann::json facts = nlohmann::json::parse(run_saltus({"version", "--json"}).out);
  EXPECT_NE(text.out.find("saltus " + facts.at("saltus").get<std::string>()), std::string::npos);
  EXPECT_NE(text.out.find("torch " + facts.at("torch").get<std::string>()), std::string::npos);
}

// A whole CUDA library loaded by accident takes seconds; the bound leaves room for a busy machine.
TEST(Version, StartsQuickly) {
  double best = 1e9;
  for (int i = 0; i < 5; ++i) {
    const auto began = std::chrono::steady_clock::now();
    run_saltus({"version"});
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    best = std::min(best, took.count());
  }
  EXPECT_LT(best, 2.0);
}

}  // namespace
}  // namespace saltus::testing
