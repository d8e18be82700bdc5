// Typed access to JSON that came from a file: every mismatch is an Error naming the place.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>

#include "saltus/base/error.h"
#include "saltus/base/options.h"

namespace saltus {

// Parses text; Error with `where` (a file name) and the position of the fault.
Json parse_json(std::string_view text, std::string_view where);

// A short rendering of a value for messages.
std::string json_excerpt(const Json& value);

// The first difference of two values as "path.of.key: expected A, found B"; empty when they are
// equal. The order of keys makes none.
std::string json_difference(const Json& expected, const Json& found);

// The member `key` of an object; Error when `object` is none or has no such key.
const Json& json_at(const Json& object, std::string_view key, std::string_view where);

// The same as a T (bool, int64_t, double, std::string, std::vector of these); Error when it is
// something else. A number never turns into another kind: 1.5 is no integer, true no number.
template <typename T>
T json_get(const Json& object, std::string_view key, std::string_view where) {
  const Json& value = json_at(object, key, where);
  std::string_view expected = "a list";
  bool fits = value.is_array();
  if constexpr (std::is_same_v<T, bool>) {
    expected = "true or false";
    fits = value.is_boolean();
  } else if constexpr (std::is_integral_v<T>) {
    expected = "an integer";
    fits = value.is_number_integer();
  } else if constexpr (std::is_floating_point_v<T>) {
    expected = "a number";
    fits = value.is_number();
  } else if constexpr (std::is_same_v<T, std::string>) {
    expected = "a string";
    fits = value.is_string();
  }
  if (fits) {
    try {
      return value.get<T>();
    } catch (const Json::exception&) {
      // A list with elements of another type.
    }
  }
  fail("{}: key '{}': expected {}, found {}", where, key, expected, json_excerpt(value));
}

}  // namespace saltus
