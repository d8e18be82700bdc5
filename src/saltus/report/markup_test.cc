#include "saltus/report/markup.h"

#include <gtest/gtest.h>

#include <limits>

namespace saltus {
namespace {

TEST(Markup, EscapesWhatHtmlAndXmlTreatSpecially) {
  EXPECT_EQ(escape_markup("<script>a & 'b' \"c\"</script>"),
            "&lt;script&gt;a &amp; &#39;b&#39; &quot;c&quot;&lt;/script&gt;");
  EXPECT_EQ(escape_markup("R² – ok"), "R² – ok");
  EXPECT_EQ(escape_markup(std::string_view("a\0b\x1b", 4)),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD");
}

TEST(Markup, WritesNumbersAsPeopleReadThem) {
  EXPECT_EQ(format_number(494.83), "494.8");
  EXPECT_EQ(format_number(500.0), "500");
  EXPECT_EQ(format_number(-3.456), "-3.46");
  EXPECT_EQ(format_number(0.0), "0");
  EXPECT_EQ(format_number(0.00121), "0.00121");
  EXPECT_EQ(format_number(1250.0), "1250");
  EXPECT_EQ(format_number(3200000.0),
            "3\xE2\x80\x89"
            "200\xE2\x80\x89"
            "000");
  EXPECT_EQ(format_number(-12345.0),
            "-12\xE2\x80\x89"
            "345");
  EXPECT_EQ(format_number(std::numeric_limits<double>::quiet_NaN()), "n/a");
  EXPECT_EQ(format_number(std::optional<double>()), "n/a");
}

TEST(Markup, CoordinatesHaveNoExponentAndNoTrailingZeros) {
  EXPECT_EQ(coordinate(12.50), "12.5");
  EXPECT_EQ(coordinate(-0.001), "0");
  EXPECT_EQ(coordinate(1e6), "1000000");
}

}  // namespace
}  // namespace saltus
