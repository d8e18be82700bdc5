#include "saltus/exchange/path_pattern.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "saltus/base/error.h"
#include "tests/support/temporary.h"

namespace saltus {
namespace {

using Fields = PathPattern::Fields;

Fields fields_of(const std::string& pattern, const std::string& path) {
  return PathPattern(pattern).match(path).value_or(Fields{{"no", "match"}});
}

TEST(PathPattern, FindsFields) {
  EXPECT_EQ(fields_of("run{run}/step{iteration}_loss{loss}.pt", "run7b/step0100_loss-1.5e-3.pt"),
            (Fields{{"run", "7b"}, {"iteration", "0100"}, {"loss", "-1.5e-3"}}));
  EXPECT_EQ(fields_of("{run}/*{iteration}.*", "a b/epoch3_step0100.ckpt"),
            (Fields{{"run", "a b"}, {"iteration", "0100"}}));
  EXPECT_EQ(fields_of("{run}/{iteration}_{acc}.pt", "x/10_0.5.pt"),
            (Fields{{"run", "x"}, {"iteration", "10"}, {"acc", "0.5"}}));
  EXPECT_EQ(fields_of("{run}/*{iteration}.*", "7/model-20.safetensors"),
            (Fields{{"run", "7"}, {"iteration", "20"}}));  // a dash is no sign
  EXPECT_EQ(PathPattern("{run}/{iteration}_{acc}_{loss}.pt").metrics(),
            (std::vector<std::string>{"acc", "loss"}));
}

TEST(PathPattern, MatchesWholePathsAlone) {
  const Fields none = {{"no", "match"}};
  EXPECT_EQ(fields_of("{run}/{iteration}.pt", "a/b/1.pt"), none);  // a run is one folder
  EXPECT_EQ(fields_of("{run}/{iteration}.pt", "a/1.pt.tmp"), none);
  EXPECT_EQ(fields_of("{run}/{iteration}.pt", "a/x1.pt"), none);
  EXPECT_EQ(fields_of("{run}/{iteration}.pt", "/1.pt"), none);
}

TEST(PathPattern, RefusesWhatSaysNothing) {
  for (const char* wrong : {"", "{run", "{}", "{run}{iteration}", "{run}/{run}", "*{run}"}) {
    const std::string message =
        testing::message_of<Error>([&] { const PathPattern pattern(wrong); });
    EXPECT_NE(message.find("run{run}/step{iteration}"), std::string::npos) << wrong << message;
  }
}

TEST(NaturalLess, ComparesDigitsAsNumbers) {
  std::vector<std::string> names = {
      "run10", "run2",       "run2b",       "run002",
      "a",     "run1/step9", "run1/step10", "run99999999999999999999999",
      "run"};
  std::ranges::sort(names, natural_less);
  EXPECT_EQ(names,
            (std::vector<std::string>{"a", "run", "run1/step9", "run1/step10", "run002", "run2",
                                      "run2b", "run10", "run99999999999999999999999"}));
}

}  // namespace
}  // namespace saltus
