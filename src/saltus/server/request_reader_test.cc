#include "saltus/server/request_reader.h"

#include <gtest/gtest.h>

namespace saltus {
namespace {

std::string refusal(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::string parse_refusal(const std::string& text) {
  HttpRequest request;
  request.body = text;
  return refusal([&] { parse_request(request); });
}

TEST(RequestReader, ReadsWhatIsThereAndFillsInTheRest) {
  const Json json = {{"n", 3}, {"whole", 4.0}, {"x", 0.5}, {"on", true}, {"name", "ddim"}};
  ObjectReader reader(json, "here");
  EXPECT_EQ(reader.integer("n", {1, 5}), 3);
  EXPECT_EQ(reader.integer("whole", {1, 5}), 4);
  EXPECT_EQ(reader.integer("absent", {1, 5}, 2), 2);
  EXPECT_EQ(reader.number("x", {0, 1}), 0.5);
  EXPECT_TRUE(reader.boolean("on", false));
  EXPECT_EQ(reader.choice("name", {"ddim", "ddpm"}, "ddpm"), "ddim");
  reader.end();
}

TEST(RequestReader, NamesThePlaceOfAFault) {
  const Json json = {{"n", 9}, {"half", 1.5}, {"text", "3"}, {"big", 1e300}, {"list", {1, 2}}};
  ObjectReader reader(json, "updates: starts[2]");
  for (const char* key : {"n", "half", "text", "big", "list"}) {
    const std::string message = refusal([&] { reader.integer(key, {1, 5}); });
    EXPECT_NE(message.find(std::string("updates: starts[2]: ") + key), std::string::npos)
        << message;
    EXPECT_NE(message.find("[1, 5]"), std::string::npos) << message;
  }
  EXPECT_NE(refusal([&] { reader.at("nothing"); }), "");
  EXPECT_NE(refusal([&] { reader.list("list", 3, 4); }), "");
  EXPECT_NE(refusal([&] { reader.boolean("n", true); }), "");
  EXPECT_NE(refusal([&] { ObjectReader(Json::array(), "x"); }), "");
}

TEST(RequestReader, RefusesUnknownKeysWithTheNearestName) {
  const Json json = {{"smaples", 3}};
  ObjectReader reader(json, "updates");
  reader.integer("samples", {1, 5}, 1);
  reader.integer("seed", {1, 5}, 1);
  EXPECT_NE(refusal([&] { reader.end(); }).find("did you mean samples?"), std::string::npos);
}

TEST(RequestReader, BoundsWhatParsingCosts) {
  EXPECT_EQ(parse_refusal("{\"a\":[[[1]]],\"b\":\"[[[[[[[[[[[[[[[[[[[[[\"}"), "");
  EXPECT_NE(parse_refusal(std::string(100000, '[')), "");
  std::string keys = "{";
  for (int i = 0; i < 5000; ++i) keys += fmt::format("\"{}\":1,", i);
  EXPECT_NE(parse_refusal(keys + "\"x\":1}").find("keys"), std::string::npos);
  for (const char* text : {"", "{", "{\"a\":}", "[1,]", "nul", "{\"a\":1e999}", "\xff", "{} {}"}) {
    EXPECT_NE(parse_refusal(text), "") << text;
  }
}

}  // namespace
}  // namespace saltus
