#include <gtest/gtest.h>

#include "program.h"

namespace saltus::testing {
namespace {

struct UsageCase {
  std::vector<std::string> arguments;
  std::string expected;  // in the message
};

class UsageOf : public ::testing::TestWithParam<UsageCase> {};

TEST_P(UsageOf, ExitsWithTwoAndSaysWhatWasMeant) {
  const ProgramResult result = run_saltus(GetParam().arguments);
  EXPECT_EQ(result.code, 2) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_TRUE(result.err.starts_with("saltus: error: ")) << result.err;
  EXPECT_NE(result.err.find(GetParam().expected), std::string::npos)
      << GetParam().expected << " not in: " << result.err;
}

INSTANTIATE_TEST_SUITE_P(
    Usage, UsageOf,
    ::testing::Values(
        UsageCase{{}, "saltus --help"},
        UsageCase{{"trian"}, "no command 'trian'; did you mean train?"},
        UsageCase{{"zoo", "biuld"}, "saltus zoo: no command 'biuld'; did you mean build?"},
        UsageCase{{"zoo"}, "subcommand"},
        UsageCase{{"train", "--zo", "z", "-o", "g"},
                  "saltus train: no option --zo; did you mean --zoo?"},
        UsageCase{{"update", "g", "--pormpt=1"}, "did you mean --prompt?"},
        UsageCase{{"train", "-o", "g"}, "--zoo"},
        UsageCase{{"train", "--zoo", "z", "-o", "g", "training.stpes=3"},
                  "did you mean training.steps?"},
        UsageCase{{"train", "--zoo", "z", "-o", "g", "steps=3"}, "training.steps"},
        UsageCase{{"train", "--zoo", "z", "-o", "g", "training.steps=many"}, "expected an integer"},
        UsageCase{{"train", "--zoo", "z", "-o", "g", "ppo.iterations=3"},
                  "belongs to saltus zoo build"},
        UsageCase{
            {"update", "g", "--from", "f", "--prompt", "return=1", "-o", "o", "--samples", "0"},
            "--samples"},
        UsageCase{
            {"update", "g", "--from", "f", "--prompt", "return=1", "-o", "o", "--method", "euler"},
            "ddim"}));

struct FailureCase {
  std::vector<std::string> arguments;
  std::string expected;
};

class FailureOf : public ::testing::TestWithParam<FailureCase> {};

TEST_P(FailureOf, ExitsWithOneAndNamesTheFile) {
  const ProgramResult result = run_saltus(GetParam().arguments);
  EXPECT_EQ(result.code, 1) << result.err;
  EXPECT_TRUE(result.err.starts_with("saltus: error: ")) << result.err;
  EXPECT_NE(result.err.find(GetParam().expected), std::string::npos)
      << GetParam().expected << " not in: " << result.err;
}

INSTANTIATE_TEST_SUITE_P(
    Usage, FailureOf,
    ::testing::Values(FailureCase{{"zoo", "info", "/no/such/zoo"}, "/no/such/zoo"},
                      FailureCase{{"train", "--zoo", "/no/such/zoo", "-o", "/tmp/g"},
                                  "/no/such/zoo"},
                      FailureCase{{"update", "/no/such/model", "--from", "init:", "--prompt",
                                   "return=1", "-o", "/tmp/o"},
                                  "/no/such/model"},
                      FailureCase{{"report", "/no/such/results.json", "-o", "/tmp/r.html"},
                                  "/no/such/results.json"}));

}  // namespace
}  // namespace saltus::testing
