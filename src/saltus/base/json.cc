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

}  // namespace saltus
