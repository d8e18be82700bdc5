#include "saltus/report/charts.h"

#include <gtest/gtest.h>

#include <cmath>

#include "saltus/report/markup_checker.h"

namespace saltus {
namespace {

size_t count(const std::string& text, const std::string& what) {
  size_t n = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

LineChart line_chart() {
  LineChart chart;
  chart.text = {"lines", "A & B", "two < three"};
  chart.x.label = "asked";
  chart.y.label = "got";
  chart.series = {{"mean", {0, 1, 2, 3}, {0, 1, std::nan(""), 3}, {-1, 0, 1, 2}, {1, 2, 3, 4}}};
  return chart;
}

TEST(Charts, LineChartIsWellFormedAndNamedForScreenReaders) {
  LineChart chart = line_chart();
  chart.diagonal = true;
  chart.shaded = {0.5, 2.5};
  chart.shaded_name = "<reachable>";
  chart.levels = {{2.5, "level"}};
  const std::string svg = draw_chart(chart);
  EXPECT_EQ(markup_problems(svg), std::vector<std::string>{});
  EXPECT_NE(svg.find("<title id=\"lines-title\">A &amp; B</title>"), std::string::npos);
  EXPECT_NE(svg.find("<desc id=\"lines-desc\">two &lt; three</desc>"), std::string::npos);
  EXPECT_NE(svg.find("&lt;reachable&gt;"), std::string::npos);
}

TEST(Charts, PointsThatAreNotFiniteAreLeftOut) {
  const std::string svg = draw_chart(line_chart());
  EXPECT_EQ(count(svg, "<circle"), 3u + 1u);  // three points and the legend's marker
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_EQ(svg.find("inf"), std::string::npos);
}

TEST(Charts, UnconnectedSeriesHasErrorBarsInsteadOfABand) {
  LineChart chart = line_chart();
  chart.series[0].connected = false;
  const std::string svg = draw_chart(chart);
  EXPECT_EQ(count(svg, "class=\"error\""), 3u);
  EXPECT_EQ(count(svg, "<polygon"), 0u);
}

TEST(Charts, BarsStandOnZeroAndAbsentOnesAreMissing) {
  BarChart chart;
  chart.text = {"bars", "bars", "bars"};
  chart.groups = {"a", "b<", "a group with quite a long name", "d"};
  chart.series = {
      {"one", {1, 2, std::nullopt, 4}, {0.5, 1, std::nullopt, 3}, {1.5, 3, std::nullopt, 5}},
      {"two", {2, 2, 2, 2}, {}, {}}};
  const std::string svg = draw_chart(chart);
  EXPECT_EQ(markup_problems(svg), std::vector<std::string>{});
  EXPECT_EQ(count(svg, "<rect class=\"bar"), 3u + 4u + 2u);  // bars and two legend boxes
  EXPECT_EQ(count(svg, "class=\"error\""), 3u);
  EXPECT_NE(svg.find("a group with quite a long name"), std::string::npos);
}

TEST(Charts, HistogramSharesAddUpToAHundredPercent) {
  Histogram chart;
  chart.text = {"histogram", "h", "h"};
  chart.bins = 2;
  chart.series = {{"all", {0, 1, 2, 10}}};
  const std::string svg = draw_chart(chart);
  EXPECT_EQ(markup_problems(svg), std::vector<std::string>{});
  EXPECT_NE(svg.find("all: 75 % in 0 to 5"), std::string::npos);
  EXPECT_NE(svg.find("all: 25 % in 5 to 10"), std::string::npos);
}

TEST(Charts, EmptyChartsAreStillPictures) {
  EXPECT_EQ(markup_problems(draw_chart(LineChart{{"l", "", ""}, {}, {}, {}, {}, false, {}, ""})),
            std::vector<std::string>{});
  Histogram histogram;
  histogram.text = {"h", "", ""};
  EXPECT_EQ(markup_problems(draw_chart(histogram)), std::vector<std::string>{});
  BarChart bars;
  bars.text = {"b", "", ""};
  EXPECT_EQ(markup_problems(draw_chart(bars)), std::vector<std::string>{});
}

TEST(MarkupChecker, FindsEachKindOfFault) {
  for (const char* bad : {"<p>a & b</p>", "<p><b></p>", "<p", "<i id=\"x\"></i><i id=\"x\"></i>",
                          "<a href=\"#gone\"></a>", "<i class=x></i>", "<p>1 < 2</p>", "<p>"}) {
    EXPECT_FALSE(markup_problems(bad).empty()) << bad;
  }
  EXPECT_TRUE(markup_problems("<p id=\"x\">a &amp; <b>b</b></p><a href=\"#x\">c</a>").empty());
}

}  // namespace
}  // namespace saltus
