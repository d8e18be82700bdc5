#include "saltus/report/report.h"

#include <gtest/gtest.h>

#include <fstream>

#include "saltus/base/error.h"

namespace saltus {
namespace {

Json sample_results() {
  std::ifstream file(SALTUS_SOURCE_DIR "/src/saltus/report/testdata/results.json");
  return Json::parse(file);
}

std::string render_one(const Json& results) {
  return render_report({{"results.json", results, nullptr, nullptr}});
}

// What the page's script reads.
Json embedded(const std::string& html) {
  const std::string open = "<script type=\"application/json\" id=\"saltus-data\">";
  const size_t begin = html.find(open) + open.size();
  return Json::parse(html.substr(begin, html.find("</script>", begin) - begin));
}

bool contains_text(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

TEST(Report, EmbedsWhatItWasGivenInOrder) {
  Json other = sample_results();
  other["task"] = "mnist";
  const Json data = embedded(render_report(
      {{"a.json", sample_results(), Json{{"runs", 3}, {"hash", sample_results()["zoo"]["hash"]}},
        Json::array({{{"step", 1}}})},
       {"b.json", other, nullptr, nullptr}}));
  ASSERT_EQ(data.at("format"), "saltus-report/1");
  ASSERT_EQ(data.at("files").size(), 2u);
  EXPECT_EQ(data.at("files")[0].at("name"), "a.json");
  EXPECT_EQ(data.at("files")[0].at("results"), sample_results());
  EXPECT_EQ(data.at("files")[0].at("zoo").at("runs"), 3);
  EXPECT_EQ(data.at("files")[0].at("training")[0].at("step"), 1);
  EXPECT_EQ(data.at("files")[1].at("results").at("task"), "mnist");
  EXPECT_TRUE(data.at("files")[1].at("zoo").is_null());
}

TEST(Report, LoadsNothing) {
  const std::string html = render_one(sample_results());
  EXPECT_TRUE(contains_text(html, "default-src 'none'"));
  EXPECT_TRUE(contains_text(html, "<style>:root") || contains_text(html, "<style>/*"));
  for (const char* outside : {" src=\"", "@import", "<link", "<img"}) {
    EXPECT_FALSE(contains_text(html, outside)) << outside;
  }
}

TEST(Report, NoTextOfTheResultsBecomesMarkup) {
  const std::string attack = "</script><script>alert('x')</script><!--";
  Json results = sample_results();
  results["task"] = attack;
  results["environment"][attack] = attack;
  const std::string html = render_report({{attack, results, nullptr, nullptr}});
  EXPECT_FALSE(contains_text(html, "<script>alert"));
  EXPECT_TRUE(contains_text(html, "<title>Saltus: &lt;/script&gt;"));
  EXPECT_EQ(embedded(html).at("files")[0].at("results"), results);
  EXPECT_EQ(embedded(html).at("files")[0].at("name"), attack);
}

TEST(Report, BytesThatAreNoTextAreReplaced) {
  Json results = sample_results();
  results["scheme"] = "\xff\xfe";
  EXPECT_NO_THROW(embedded(render_one(results)));
}

TEST(Report, RefusesWhatIsNotAResultsFile) {
  EXPECT_THROW(render_report({}), Error);
  EXPECT_THROW(render_one(Json::array()), Error);
  EXPECT_THROW(render_one({{"format", "saltus-results/9"}}), Error);
  EXPECT_THROW(render_one({{"format", 1}}), Error);
  EXPECT_NO_THROW(render_one(Json::object()));
}

TEST(Report, RefusesAnotherZoo) {
  EXPECT_THROW(
      render_report({{"a", sample_results(), Json{{"hash", "0123456789abcdef"}}, nullptr}}), Error);
}

}  // namespace
}  // namespace saltus
