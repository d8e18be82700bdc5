#include <gtest/gtest.h>

#include "program.h"

namespace saltus::testing {
namespace {

TEST(Help, TopLevelShowsTheWorkflowInOrder) {
  const ProgramResult result = run_saltus({"--help"});
  EXPECT_EQ(result.code, 0);
  size_t place = 0;
  for (const char* step : {"saltus zoo build", "saltus train", "saltus update", "saltus evaluate",
                           "saltus report", "saltus serve"}) {
    place = result.out.find(step, place);
    ASSERT_NE(place, std::string::npos) << step << " missing or out of order:\n" << result.out;
  }
}

struct HelpCase {
  std::vector<std::string> command;
  std::vector<std::string> expected;  // parts of the text
};

class HelpOf : public ::testing::TestWithParam<HelpCase> {};

TEST_P(HelpOf, Teaches) {
  std::vector<std::string> arguments = GetParam().command;
  arguments.emplace_back("--help");
  const ProgramResult result = run_saltus(arguments);
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.err, "");
  for (const std::string& part : GetParam().expected) {
    EXPECT_NE(result.out.find(part), std::string::npos) << part << " not in:\n" << result.out;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Help, HelpOf,
    ::testing::Values(
        HelpCase{{"zoo"}, {"Examples:", "build", "info", "verify"}},
        HelpCase{{"zoo", "build"},
                 {"Examples:", "-o,--output", "--config", "--shard", "ppo.iterations"}},
        HelpCase{{"zoo", "merge"}, {"Example:", "-o,--output"}},
        HelpCase{{"zoo", "import"},
                 {"Examples:", "--pattern", "{run}/*{iteration}.*", "--dry-run"}},
        HelpCase{{"zoo", "export"}, {"Examples:", "--checkpoint", "torch.load(weights_only=True)"}},
        HelpCase{{"import-model"}, {"Examples:", "--heads", "[16]"}},
        HelpCase{{"zoo", "info"}, {"Examples:", "--json"}},
        HelpCase{{"zoo", "verify"}, {"Example:", "--threads"}},
        HelpCase{{"train"}, {"Examples:", "--zoo", "training.steps", "10000"}},
        HelpCase{{"update"}, {"Examples:", "--prompt", "init:", "--keep-better", "[ddim]"}},
        HelpCase{{"evaluate"}, {"Examples:", "--critic", "evaluation.starts", "256"}},
        HelpCase{{"serve"}, {"Examples:", "--zoo", "--watch", "--token", "127.0.0.1"}},
        HelpCase{{"watch"}, {"Example:", "folders", "--port"}},
        HelpCase{{"bench"}, {"Examples:", "--brief", "--json", "bench/workloads"}},
        HelpCase{{"report"}, {"Examples:", "results.json", "--training"}},
        HelpCase{{"version"}, {"Examples:", "--json"}}));

}  // namespace
}  // namespace saltus::testing
