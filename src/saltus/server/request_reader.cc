#include "saltus/server/request_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "saltus/base/json.h"

namespace saltus {
namespace {

constexpr int kDeepest = 16;
constexpr int64_t kMostKeys = 4096;  // an object finds a key by going through all of them

// What parsing costs, before it is paid.
void check_shape(std::string_view text) {
  int depth = 0;
  int64_t keys = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
      continue;
    }
    if (c == '"') quoted = true;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (c == ':') ++keys;
    if (depth > kDeepest) bad_request("request: expected JSON of depth {} or less", kDeepest);
    if (keys > kMostKeys) bad_request("request: expected {} keys or fewer", kMostKeys);
  }
}

std::string range_text(const ObjectReader::Range& range) {
  return fmt::format("in [{:.16g}, {:.16g}]", range.low, range.high);
}

}  // namespace

Json parse_request(const HttpRequest& request) {
  check_shape(request.body);
  return parse_json(request.body, "request");
}

double checked_number(const Json& value, ObjectReader::Range range, const std::string& where) {
  const double number = value.is_number() ? value.get<double>() : NAN;
  if (!(number >= range.low && number <= range.high)) {
    bad_request("{}: expected a number {}, found {}", where, range_text(range),
                json_excerpt(value));
  }
  return number;
}

int64_t checked_integer(const Json& value, ObjectReader::Range range, const std::string& where) {
  const double number = value.is_number() ? value.get<double>() : NAN;
  if (!(number >= range.low && number <= range.high) || number != std::floor(number)) {
    bad_request("{}: expected an integer {}, found {}", where, range_text(range),
                json_excerpt(value));
  }
  return static_cast<int64_t>(number);  // ranges end where doubles are exact
}

ObjectReader::ObjectReader(const Json& object, std::string where)
    : object_(object), where_(std::move(where)) {
  if (!object.is_object()) {
    bad_request("{}: expected an object, found {}", where_, json_excerpt(object));
  }
}

const Json* ObjectReader::find(const std::string& key) {
  known_.push_back(key);
  const auto found = object_.find(key);
  return found == object_.end() ? nullptr : &*found;
}

const Json& ObjectReader::at(const std::string& key) {
  const Json* found = find(key);
  if (found == nullptr) bad_request("{}: expected a value, found none", place(key));
  return *found;
}

const Json& ObjectReader::list(const std::string& key, size_t low, size_t high) {
  const Json& value = at(key);
  if (!value.is_array() || value.size() < low || value.size() > high) {
    bad_request("{}: expected a list of {} to {} elements, found {}", place(key), low, high,
                value.is_array() ? fmt::format("{} elements", value.size()) : json_excerpt(value));
  }
  return value;
}

int64_t ObjectReader::integer(const std::string& key, Range range,
                              std::optional<int64_t> fallback) {
  const Json* value = fallback ? find(key) : &at(key);
  return value == nullptr ? *fallback : checked_integer(*value, range, place(key));
}

double ObjectReader::number(const std::string& key, Range range, std::optional<double> fallback) {
  const Json* value = fallback ? find(key) : &at(key);
  return value == nullptr ? *fallback : checked_number(*value, range, place(key));
}

bool ObjectReader::boolean(const std::string& key, bool fallback) {
  const Json* value = find(key);
  if (value == nullptr) return fallback;
  if (!value->is_boolean()) {
    bad_request("{}: expected true or false, found {}", place(key), json_excerpt(*value));
  }
  return value->get<bool>();
}

std::string ObjectReader::text(const std::string& key, std::optional<std::string> fallback) {
  constexpr size_t kLongest = 128;
  const Json* value = fallback ? find(key) : &at(key);
  if (value == nullptr) return *fallback;
  if (!value->is_string() || value->get_ref<const std::string&>().size() > kLongest) {
    bad_request("{}: expected a text of at most {} bytes, found {}", place(key), kLongest,
                json_excerpt(*value));
  }
  return value->get<std::string>();
}

std::string ObjectReader::choice(const std::string& key, const std::vector<std::string>& choices,
                                 const std::string& fallback) {
  std::string value = text(key, fallback);
  if (std::ranges::count(choices, value) == 0) {
    bad_request("{}: expected one of {}, found '{}'; did you mean {}?", place(key),
                fmt::join(choices, ", "), value, nearest_name(value, choices));
  }
  return value;
}

void ObjectReader::end() const {
  for (const auto& [key, value] : object_.items()) {
    if (std::ranges::count(known_, key) > 0) continue;
    bad_request("{}: unknown key '{}'; did you mean {}?", where_, key.substr(0, 64),
                nearest_name(key.substr(0, 64), known_));
  }
}

int64_t query_integer(const HttpRequest& request, const std::string& key, ObjectReader::Range range,
                      int64_t fallback) {
  const auto found = request.query.find(key);
  if (found == request.query.end()) return fallback;
  int64_t value = 0;
  const std::string& text = found->second;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() ||
      !(static_cast<double>(value) >= range.low && static_cast<double>(value) <= range.high)) {
    bad_request("query: {}: expected an integer {}, found '{}'", key, range_text(range), text);
  }
  return value;
}

std::string query_text(const HttpRequest& request, const std::string& key) {
  const auto found = request.query.find(key);
  if (found == request.query.end()) bad_request("query: {}: expected a value, found none", key);
  return found->second;
}

}  // namespace saltus
