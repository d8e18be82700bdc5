#include "saltus/exchange/metric_choice.h"

#include <gtest/gtest.h>

#include "saltus/base/error.h"
#include "tests/support/temporary.h"

namespace saltus {
namespace {

using testing::message_of;

TEST(MetricChoice, ParsesSettings) {
  const MetricChoice choice =
      parse_metric_choice("score:maximise,worst=-1,best=5e2,resolution=5,on=validation");
  EXPECT_EQ(choice.name, "score");
  EXPECT_EQ(choice.maximise, true);
  EXPECT_EQ(choice.worst, -1);
  EXPECT_EQ(choice.best, 500);
  EXPECT_EQ(choice.resolution, 5);
  EXPECT_EQ(choice.measured_on, "validation");
  EXPECT_EQ(parse_metric_choice("loss").maximise, std::nullopt);
  const std::string message = message_of<Error>([] { parse_metric_choice("loss:wurst=1"); });
  EXPECT_NE(message.find("did you mean worst?"), std::string::npos) << message;
  EXPECT_NE(message_of<Error>([] { parse_metric_choice("loss:worst=high"); }), "");
}

TEST(MetricChoice, GuessesDirectionAndRange) {
  const Metric loss = resolve_metric(parse_metric_choice("val_loss"),
                                     {.first = {2.2, 2.3, 2.6}, .all = {2.2, 2.3, 2.6, 0.4}});
  EXPECT_FALSE(loss.maximise);
  EXPECT_EQ(loss.worst, 2.3);
  EXPECT_EQ(loss.best, 0);
  EXPECT_DOUBLE_EQ(loss.resolution, 2.3 / 200);
  const Metric accuracy = resolve_metric(parse_metric_choice("top1_acc"),
                                         {.first = {0.1, 0.1, 0.1}, .all = {0.1, 0.9, 0.95}});
  EXPECT_TRUE(accuracy.maximise);
  EXPECT_EQ(accuracy.best, 0.95);
}

TEST(MetricChoice, RefusesWhatItCannotKnow) {
  const MetricValues values{.first = {1}, .all = {1, 2}};
  std::string message =
      message_of<Error>([&] { resolve_metric(parse_metric_choice("wibble"), values); });
  EXPECT_NE(message.find("--metric wibble:maximise"), std::string::npos) << message;
  message = message_of<Error>([] {
    resolve_metric(parse_metric_choice("acc"), {.first = {1}, .all = {1, 1}});
  });
  EXPECT_NE(message.find("expected it to rise"), std::string::npos) << message;
}

}  // namespace
}  // namespace saltus
