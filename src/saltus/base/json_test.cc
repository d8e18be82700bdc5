#include "saltus/base/json.h"

#include <gtest/gtest.h>

#include "tests/support/temporary.h"

namespace saltus {
namespace {

using testing::message_of;

TEST(Json, ReadsTypedMembers) {
  const Json json = parse_json(R"({"i": 3, "d": 3, "b": true, "s": "x", "l": [1, 2]})", "test");
  EXPECT_EQ(json_get<int64_t>(json, "i", "test"), 3);
  EXPECT_EQ(json_get<double>(json, "d", "test"), 3.0);
  EXPECT_TRUE(json_get<bool>(json, "b", "test"));
  EXPECT_EQ(json_get<std::string>(json, "s", "test"), "x");
  EXPECT_EQ(json_get<std::vector<int64_t>>(json, "l", "test"), (std::vector<int64_t>{1, 2}));
}

TEST(Json, SaysFileKeyExpectedAndFound) {
  const Json json = parse_json(R"({"i": 1.5, "b": 1, "l": ["a"]})", "test");
  const auto error = [&](auto body) { return message_of<Error>(body); };
  EXPECT_EQ(error([&] { json_get<int64_t>(json, "i", "f"); }),
            "f: key 'i': expected an integer, found 1.5");
  EXPECT_EQ(error([&] { json_get<bool>(json, "b", "f"); }),
            "f: key 'b': expected true or false, found 1");
  EXPECT_NE(error([&] { json_get<std::vector<int64_t>>(json, "l", "f"); }), "");
  EXPECT_EQ(error([&] { json_get<int64_t>(json, "x", "f"); }),
            "f: key 'x': expected a value, found none");
  EXPECT_NE(error([&] { json_at(Json(3), "x", "f"); }), "");
  EXPECT_EQ(error([&] { parse_json("{", "f"); }).find("f: expected valid JSON"), 0u);
}

TEST(Json, NamesTheFirstDifference) {
  const Json a = parse_json(R"({"x": {"y": 1, "z": [2]}, "w": "v"})", "test");
  EXPECT_EQ(json_difference(a, parse_json(R"({"w": "v", "x": {"z": [2], "y": 1}})", "test")), "");
  EXPECT_EQ(json_difference(a, parse_json(R"({"x": {"y": 1, "z": [3]}, "w": "v"})", "test")),
            "x.z: expected [2], found [3]");
  EXPECT_EQ(json_difference(a, parse_json(R"({"x": {"y": 1}, "w": "v"})", "test")),
            "x.z: expected [2], found null");
  EXPECT_EQ(
      json_difference(a, parse_json(R"({"x": {"y": 1, "z": [2], "u": 0}, "w": "v"})", "test")),
      "x.u: expected none, found 0");
}

}  // namespace
}  // namespace saltus
