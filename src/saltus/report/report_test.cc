#include "saltus/report/report.h"

#include <gtest/gtest.h>

#include <fstream>

#include "saltus/base/error.h"
#include "saltus/report/lookup.h"
#include "saltus/report/markup_checker.h"

namespace saltus {
namespace {

Json sample() {
  std::ifstream file(SALTUS_SOURCE_DIR "/src/saltus/report/testdata/results.json");
  return Json::parse(file);
}

bool contains(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

constexpr const char* kSectionKeys[] = {
    "one_update", "alignment",  "recursion", "initialisers", "diversity", "start_dependence",
    "samplers",   "novelty",    "baselines", "optimisers",   "zoo",       "generator",
    "cost",       "environment"};

TEST(Report, SampleIsWellFormedAndComplete) {
  const std::string html = render_report(sample());
  EXPECT_EQ(markup_problems(html), std::vector<std::string>{});
  EXPECT_FALSE(contains(html, "Not measured"));
  for (const char* id : {"one-update-spread", "optimiser-0", "alignment-0", "alignment-3",
                         "initialisers", "recursion", "start-dependence", "samplers-best",
                         "samplers-alignment", "novelty", "zoo-course"}) {
    EXPECT_TRUE(contains(html, "id=\"" + std::string(id) + "-title\"")) << id;
  }
}

TEST(Report, SaysCountAndSpreadBesideTheMean) {
  Json results = sample();
  results["one_update"]["mean"] = 494.83;
  results["one_update"]["std"] = 0.52;
  const std::string html = render_report(results);
  EXPECT_TRUE(contains(html,
                       "494.8\xC2\xA0±\xC2\xA0"
                       "0.5"));
  EXPECT_TRUE(contains(html, "256 starts"));
}

TEST(Report, NeedsNoNetwork) {
  const std::string html = render_report(sample());
  for (const char* outside : {"http:", "https:", "src=", "@import", "url(h", "<link", "//cdn"}) {
    EXPECT_FALSE(contains(html, outside)) << outside;
  }
}

// Puts `text` in place of every string of `json`, and in front of every key of free objects.
void poison(Json& json, const std::string& text) {
  if (json.is_string()) json = text;
  if (json.is_structured()) {
    for (Json& value : json) poison(value, text);
  }
}

TEST(Report, EscapesEveryTextOfTheResults) {
  Json results = sample();
  const std::string attack = "\"><script>alert('x')</script>&";
  poison(results, attack);
  results["format"] = "saltus-results/1";
  results["initialisers"][attack] = results["initialisers"]["default"];
  results["optimisers"][attack] = results["optimisers"]["ppo"];
  results["environment"][attack] = attack;
  results["skipped"]["recursion"] = attack;
  results.erase("recursion");
  const std::string html = render_report(results);
  EXPECT_EQ(markup_problems(html), std::vector<std::string>{});
  EXPECT_FALSE(contains(html, "<script>alert"));
  EXPECT_FALSE(contains(html, "<SCRIPT>ALERT"));
  EXPECT_TRUE(contains(html, "&lt;script&gt;alert"));
}

TEST(Report, AbsentSectionsLeaveANoteWithTheirReason) {
  for (const char* key : kSectionKeys) {
    Json results = sample();
    results.erase(key);
    results["skipped"][key] = std::string("no time for ") + key;
    const std::string html = render_report(results);
    EXPECT_EQ(markup_problems(html), std::vector<std::string>{}) << key;
    if (std::string(key) != "optimisers") {  // drawn within the section of one update
      EXPECT_TRUE(contains(html, std::string("Not measured: no time for ") + key)) << key;
    }
  }
  const std::string html = render_report(Json::object());
  EXPECT_EQ(markup_problems(html), std::vector<std::string>{});
  EXPECT_TRUE(contains(html, "this evaluation has no such section"));
}

// Nulls and values of the wrong type anywhere must neither throw nor break the page.
void wreck_each(Json& results, Json& node, const Json& with) {
  if (!node.is_structured() || node.size() > 60) return;
  for (Json& value : node) {
    const Json kept = value;
    value = with;
    EXPECT_EQ(markup_problems(render_report(results)), std::vector<std::string>{});
    value = kept;
    wreck_each(results, value, with);
  }
}

TEST(Report, SurvivesNullsAndWrongTypesAnywhere) {
  Json results = sample();
  results.erase("format");
  results["initialisers"] = {{"default", results["initialisers"]["default"]}};
  results["recursion"] = Json::array({results["recursion"][0]});
  results["alignment"]["rows"] = Json::array({results["alignment"]["rows"][0]});
  results["alignment"]["rows"][0]["points"] = Json::array({results["alignment"]["points"][0]});
  results["alignment"].erase("points");
  results["zoo"]["course"] = Json::array({results["zoo"]["course"][0]});
  for (const char* key : {"cost", "environment", "config"}) results.erase(key);
  results["optimisers"]["ppo"]["curve"] = Json::array({results["optimisers"]["ppo"]["curve"][0]});
  wreck_each(results, results, nullptr);
}

TEST(Report, RefusesWhatIsNotAResultsFile) {
  EXPECT_THROW(render_report(Json::array()), Error);
  EXPECT_THROW(render_report({{"format", "saltus-results/9"}}), Error);
}

TEST(Report, SaysWhenTheEvaluationWasStopped) {
  Json results = sample();
  EXPECT_FALSE(contains(render_report(results), "stopped before its end"));
  results["complete"] = false;
  EXPECT_TRUE(contains(render_report(results), "stopped before its end"));
}

TEST(Lookup, FindsByPathAndToleratesAbsence) {
  const Json json = {{"a", {{"b", 2.5}, {"c", nullptr}}}, {"list", {1, nullptr, 3}}};
  EXPECT_EQ(number_at(json, "a/b"), 2.5);
  EXPECT_EQ(number_at(json, "a/c"), std::nullopt);
  EXPECT_EQ(number_at(json, "a/b/c"), std::nullopt);
  EXPECT_EQ(text_at(json, "a/b"), "2.5");
  EXPECT_EQ(text_at(json, "a", "none"), "none");
  EXPECT_EQ(numbers_at(json, "list"), (std::vector<double>{1, 3}));
}

TEST(Lookup, DistributionReadsLikeASentence) {
  const Json json = {
      {"count", 256}, {"mean", 494.84}, {"std", 0.51}, {"share_at_least", {{"470", 0.996}}}};
  const Distribution d = distribution_at(json, "");
  EXPECT_EQ(d.text(),
            "494.8\xC2\xA0±\xC2\xA0"
            "0.5\xC2\xA0(n\xC2\xA0=\xC2\xA0"
            "256)");
  EXPECT_EQ(d.shares(), "99.6 % at 470 or better");
  EXPECT_EQ(distribution_at(json, "gone").text(), "n/a");
}

}  // namespace
}  // namespace saltus
