#include "saltus/workflow/prompt.h"

#include <gtest/gtest.h>

#include <cmath>

#include "saltus/base/error.h"

namespace saltus {
namespace {

const std::vector<Metric> kReturn = {
    {.name = "return", .maximise = true, .measured_on = "simulator", .worst = 0, .best = 500}};
const std::vector<Metric> kBoth = {{.name = "loss", .measured_on = "test"},
                                   {.name = "error", .measured_on = "test"}};

std::string message_of(const std::vector<std::string>& texts, const std::vector<Metric>& metrics) {
  try {
    parse_metric_values("--prompt", texts, metrics);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Prompt, ReadsValuesInTheGeneratorsOrder) {
  EXPECT_EQ(parse_metric_values("--prompt", {"error=0.25", "loss=1e-1"}, kBoth),
            (std::vector<double>{0.1, 0.25}));
}

TEST(Prompt, RefusesWhatIsNoNumber) {
  for (const char* text : {"return=high", "return=", "return=5x", "return=nan", "return=1,2"}) {
    EXPECT_NE(message_of({text}, kReturn).find("expected a number"), std::string::npos) << text;
  }
  EXPECT_NE(message_of({"500"}, kReturn).find("METRIC=NUMBER"), std::string::npos);
}

TEST(Prompt, NamesTheNearestMetric) {
  EXPECT_NE(message_of({"retrun=5"}, kReturn).find("did you mean return?"), std::string::npos);
}

TEST(Prompt, WantsEachMetricExactlyOnce) {
  EXPECT_NE(message_of({"loss=1"}, kBoth).find("value for error"), std::string::npos);
  EXPECT_NE(message_of({"loss=1", "loss=2"}, kBoth).find("given twice"), std::string::npos);
}

TEST(Prompt, MayAskForSomeOfTheMetricsButNotNone) {
  const std::vector<double> values =
      parse_metric_values("--prompt", {"error=5"}, kBoth, Wanted::some);
  EXPECT_TRUE(std::isnan(values[0]));
  EXPECT_EQ(values[1], 5);
  EXPECT_THROW(parse_metric_values("--prompt", {}, kBoth, Wanted::some), Error);
}

TEST(Prompt, WarnsOnlyOutsideTheRangeSeen) {
  GeneratorDescription description;
  description.metrics = kReturn;
  description.metric_low = {20};
  description.metric_high = {495};
  EXPECT_TRUE(range_warnings({20}, description).empty());
  EXPECT_TRUE(range_warnings({495}, description).empty());
  EXPECT_EQ(range_warnings({700}, description).size(), 1u);
  EXPECT_EQ(range_warnings({-1}, description).size(), 1u);
}

}  // namespace
}  // namespace saltus
