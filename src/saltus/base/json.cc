#include "saltus/base/json.h"

namespace saltus {

Json parse_json(std::string_view text, std::string_view where) {
  try {
    return Json::parse(text);
  } catch (const Json::exception& error) {
    fail("{}: expected valid JSON, found a fault: {}", where, error.what());
  }
}

std::string json_excerpt(const Json& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > 80) text = text.substr(0, 77) + "...";
  return text;
}

const Json& json_at(const Json& object, std::string_view key, std::string_view where) {
  if (!object.is_object()) {
    fail("{}: expected an object with key '{}', found {}", where, key, json_excerpt(object));
  }
  const auto found = object.find(std::string(key));
  if (found == object.end()) fail("{}: key '{}': expected a value, found none", where, key);
  return *found;
}

namespace {

std::string difference_at(const std::string& path, const Json& expected, const Json& found) {
  if (expected == found) return {};
  if (expected.is_object() && found.is_object()) {
    const std::string prefix = path.empty() ? "" : path + ".";
    for (const auto& [key, value] : expected.items()) {
      const auto other = found.find(key);
      std::string text = difference_at(prefix + key, value, other == found.end() ? Json() : *other);
      if (!text.empty()) return text;
    }
    for (const auto& [key, value] : found.items()) {
      if (!expected.contains(key)) {
        return fmt::format("{}{}: expected none, found {}", prefix, key, json_excerpt(value));
      }
    }
    return {};  // the same keys and values in another order
  }
  return fmt::format("{}: expected {}, found {}", path, json_excerpt(expected),
                     json_excerpt(found));
}

}  // namespace

std::string json_difference(const Json& expected, const Json& found) {
  return difference_at("", expected, found);
}

}  // namespace saltus
