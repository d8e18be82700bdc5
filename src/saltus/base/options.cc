#include "saltus/base/options.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>

#include "saltus/base/error.h"
#include "saltus/base/file.h"
#include "saltus/base/json.h"

namespace saltus {
namespace {

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// Whole text as a number, or nothing.
template <typename T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The readers below take what a command line or YAML gives (text) and what JSON gives (typed).
std::optional<double> read_double(const Json& json) {
  std::optional<double> value;
  if (json.is_number()) value = json.get<double>();
  if (json.is_string()) value = parse_number<double>(trim(json.get_ref<const std::string&>()));
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::optional<int64_t> read_integer(const Json& json) {
  if (json.is_number_integer()) return json.get<int64_t>();
  if (json.is_string()) {
    const std::string_view text = trim(json.get_ref<const std::string&>());
    if (const auto value = parse_number<int64_t>(text)) return value;
  }
  // 1e6 is a handy way to write an integer.
  const std::optional<double> value = read_double(json);
  if (value && std::abs(*value) < 0x1p53 && *value == std::floor(*value)) {
    return static_cast<int64_t>(*value);
  }
  return std::nullopt;
}

std::optional<bool> read_bool(const Json& json) {
  if (json.is_boolean()) return json.get<bool>();
  if (json == "true") return true;
  if (json == "false") return false;
  return std::nullopt;
}

// A word without the quotes in which help and configuration files show it.
std::string_view without_quotes(std::string_view word) {
  const bool quoted = word.size() >= 2 && word.front() == '"' && word.back() == '"';
  return quoted ? word.substr(1, word.size() - 2) : word;
}

// "[a, b]", "a,b", either with quoted words, or an array -> the elements, each for a reader above.
std::vector<Json> list_elements(const Json& json) {
  if (json.is_array()) return {json.begin(), json.end()};
  if (!json.is_string()) return {json};
  std::string_view text = trim(json.get_ref<const std::string&>());
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') {
    text = trim(text.substr(1, text.size() - 2));
  }
  std::vector<Json> elements;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    elements.emplace_back(std::string(without_quotes(trim(text.substr(0, comma)))));
    text = comma == text.size() ? std::string_view{} : text.substr(comma + 1);
  }
  return elements;
}

std::string found_text(const Json& json) {
  return json.is_string() ? fmt::format("'{}'", json.get<std::string>()) : json_excerpt(json);
}

[[noreturn]] void fail_value(const std::string& key, const std::string& expected,
                             const Json& found) {
  fail("option {}: expected {}, found {}", key, expected, found_text(found));
}

std::string range_text(std::string noun, const Options::Range& range) {
  constexpr double kUnbounded = 1e300;
  const bool low = range.low > -kUnbounded;
  const bool high = range.high < kUnbounded;
  if (low && high) return fmt::format("{} in [{:g}, {:g}]", noun, range.low, range.high);
  if (low) return fmt::format("{} >= {:g}", noun, range.low);
  if (high) return fmt::format("{} <= {:g}", noun, range.high);
  return noun;
}

template <typename T>
bool inside(T value, const Options::Range& range) {
  return static_cast<double>(value) >= range.low && static_cast<double>(value) <= range.high;
}

std::string default_text(const Json& value) {
  if (!value.is_string()) return value.dump();
  return value == "" ? "\"\"" : value.get<std::string>();
}

// A plain YAML word where that is safe, otherwise a double-quoted string (JSON's form is YAML's).
std::string yaml_scalar(const Json& value) {
  if (!value.is_string()) return value.dump();
  const std::string& text = value.get_ref<const std::string&>();
  const bool plain = !text.empty() && std::isalpha(static_cast<unsigned char>(text.front())) != 0 &&
                     std::ranges::all_of(text, [](unsigned char c) {
                       return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.' || c == '/';
                     });
  static const std::set<std::string> reserved = {"true", "false", "null", "yes", "no", "on", "off"};
  return plain && !reserved.contains(text) ? text : value.dump();
}

Json yaml_value(const YAML::Node& node) {
  if (node.IsScalar()) return node.Scalar();
  Json list = Json::array();
  for (const YAML::Node& element : node) list.push_back(yaml_value(element));
  return list;
}

std::string join_key(const std::string& prefix, const std::string& key) {
  return prefix.empty() ? key : fmt::format("{}.{}", prefix, key);
}

}  // namespace

void Options::insert(Option option) {
  check(std::ranges::find(options_, option.key, &Option::key) == options_.end(),
        "Options: key declared twice");
  option.default_text = default_text(option.get());
  options_.push_back(std::move(option));
}

void Options::add(std::string key, int64_t& value, std::string help, Range range) {
  const std::string expected = range_text("an integer", range);
  insert({key, std::move(help), expected, "",
          [=, &value](const Json& json) {
            const std::optional<int64_t> read = read_integer(json);
            if (!read || !inside(*read, range)) fail_value(key, expected, json);
            value = *read;
          },
          [&value] { return Json(value); }});
}

void Options::add(std::string key, double& value, std::string help, Range range) {
  const std::string expected = range_text("a number", range);
  insert({key, std::move(help), expected, "",
          [=, &value](const Json& json) {
            const std::optional<double> read = read_double(json);
            if (!read || !inside(*read, range)) fail_value(key, expected, json);
            value = *read;
          },
          [&value] { return Json(value); }});
}

void Options::add(std::string key, bool& value, std::string help) {
  insert({key, std::move(help), "true or false", "",
          [=, &value](const Json& json) {
            const std::optional<bool> read = read_bool(json);
            if (!read) fail_value(key, "true or false", json);
            value = *read;
          },
          [&value] { return Json(value); }});
}

void Options::add(std::string key, std::string& value, std::string help) {
  insert({key, std::move(help), "text", "",
          [=, &value](const Json& json) {
            if (!json.is_string()) fail_value(key, "text", json);
            value = json.get<std::string>();
          },
          [&value] { return Json(value); }});
}

void Options::add(std::string key, std::vector<int64_t>& value, std::string help, Range range) {
  const std::string expected = range_text("a list of integers, each", range);
  insert({key, std::move(help), expected, "",
          [=, &value](const Json& json) {
            std::vector<int64_t> list;
            for (const Json& element : list_elements(json)) {
              const std::optional<int64_t> read = read_integer(element);
              if (!read || !inside(*read, range)) fail_value(key, expected, json);
              list.push_back(*read);
            }
            value = std::move(list);
          },
          [&value] { return Json(value); }});
}

void Options::add(std::string key, std::vector<std::string>& value, std::string help) {
  insert({key, std::move(help), "a list of words", "",
          [=, &value](const Json& json) {
            std::vector<std::string> list;
            for (const Json& element : list_elements(json)) {
              if (!element.is_string() || element == "") fail_value(key, "a list of words", json);
              list.push_back(element.get<std::string>());
            }
            value = std::move(list);
          },
          [&value] { return Json(value); }});
}

void Options::choice(std::string key, std::string& value, std::vector<std::string> choices,
                     std::string help) {
  const std::string expected = fmt::format("one of {}", fmt::join(choices, ", "));
  insert({key, std::move(help), expected, "",
          [=, &value](const Json& json) {
            const std::string word = json.is_string() ? json.get<std::string>() : "";
            if (std::ranges::find(choices, word) == choices.end()) fail_value(key, expected, json);
            value = word;
          },
          [&value] { return Json(value); }});
}

Options::Option& Options::find(std::string_view key) {
  const auto found = std::ranges::find(options_, key, &Option::key);
  if (found != options_.end()) return *found;
  if (options_.empty()) fail("option {}: expected no options here", key);
  // "steps" for "training.steps" is likelier than any misspelling.
  const std::string suffix = fmt::format(".{}", key);
  for (const Option& option : options_) {
    if (option.key.ends_with(suffix)) {
      fail("option {}: expected a known key, did you mean {}?", key, option.key);
    }
  }
  fail("option {}: expected a known key, did you mean {}?", key, nearest_name(key, keys()));
}

void Options::assign(std::string_view key_value) {
  const size_t equals = key_value.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    fail("option: expected key=value, found '{}'", key_value);
  }
  find(key_value.substr(0, equals)).set(Json(std::string(key_value.substr(equals + 1))));
}

void Options::load_yaml(const std::filesystem::path& path) {
  const std::function<void(const YAML::Node&, const std::string&)> load =
      [&](const YAML::Node& map, const std::string& prefix) {
        std::set<std::string> seen;
        for (const auto& entry : map) {
          const std::string where =
              fmt::format("{}:{}", path.string(), entry.first.Mark().line + 1);
          if (!entry.first.IsScalar()) fail("{}: expected a plain key", where);
          const std::string key = join_key(prefix, entry.first.Scalar());
          if (!seen.insert(key).second) fail("{}: option {}: given twice", where, key);
          if (entry.second.IsMap()) {
            load(entry.second, key);
            continue;
          }
          try {
            Option& option = find(key);
            if (entry.second.IsNull()) fail_value(key, option.expected, Json());
            option.set(yaml_value(entry.second));
          } catch (const Error& error) {
            fail("{}: {}", where, error.what());
          }
        }
      };
  YAML::Node root;
  try {
    root = YAML::Load(read_file(path));
  } catch (const YAML::Exception& error) {
    fail("{}:{}: expected valid YAML, found a fault: {}", path.string(), error.mark.line + 1,
         error.msg);
  }
  if (root.IsNull()) return;
  if (!root.IsMap()) fail("{}:1: expected a map of options", path.string());
  load(root, "");
}

void Options::load_json(const Json& nested) {
  const std::function<void(const Json&, const std::string&)> load = [&](const Json& map,
                                                                        const std::string& prefix) {
    if (!map.is_object()) fail("options: expected an object, found {}", json_excerpt(map));
    for (const auto& [key, value] : map.items()) {
      const std::string path = join_key(prefix, key);
      if (value.is_object()) {
        load(value, path);
      } else {
        find(path).set(value);
      }
    }
  };
  load(nested, "");
}

Json Options::to_json() const {
  Json nested = Json::object();
  for (const Option& option : options_) {
    Json* place = &nested;
    std::string_view rest = option.key;
    for (size_t dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
      place = &(*place)[std::string(rest.substr(0, dot))];
      rest = rest.substr(dot + 1);
    }
    (*place)[std::string(rest)] = option.get();
  }
  return nested;
}

std::string Options::to_yaml() const {
  std::string text;
  const std::function<void(const Json&, const std::string&, int)> write =
      [&](const Json& map, const std::string& prefix, int indent) {
        for (const auto& [key, value] : map.items()) {
          const std::string path = join_key(prefix, key);
          if (value.is_object()) {
            text += fmt::format("{:{}}{}:\n", "", indent, key);
            write(value, path, indent + 2);
          } else {
            const auto option = std::ranges::find(options_, path, &Option::key);
            text += fmt::format("{:{}}{}: {}  # {} ({})\n", "", indent, key, yaml_scalar(value),
                                option->help, option->expected);
          }
        }
      };
  write(to_json(), "", 0);
  return text;
}

std::string Options::help() const {
  constexpr size_t kWidestDefault = 16;  // a longer one stands on a line of its own
  size_t key_width = 0, default_width = 0;
  for (const Option& option : options_) {
    key_width = std::max(key_width, option.key.size());
    if (option.default_text.size() > kWidestDefault) continue;
    default_width = std::max(default_width, option.default_text.size());
  }
  std::string text;
  for (const Option& option : options_) {
    const bool inside = option.default_text.size() <= kWidestDefault;
    text +=
        fmt::format("  {:{}}  {:{}}  {} ({})\n", option.key, key_width,
                    inside ? option.default_text : "", default_width, option.help, option.expected);
    if (!inside) text += fmt::format("  {:{}}  {}\n", "", key_width, option.default_text);
  }
  return text;
}

std::vector<std::string> Options::keys() const {
  std::vector<std::string> keys;
  for (const Option& option : options_) keys.push_back(option.key);
  return keys;
}

std::string nearest_name(std::string_view word, const std::vector<std::string>& candidates) {
  // Levenshtein distance, one row of the table at a time.
  const auto distance = [&](std::string_view other) {
    std::vector<size_t> row(other.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 0; i < word.size(); ++i) {
      size_t diagonal = row[0];
      row[0] = i + 1;
      for (size_t j = 0; j < other.size(); ++j) {
        const size_t replace = diagonal + (word[i] == other[j] ? 0 : 1);
        diagonal = row[j + 1];
        row[j + 1] = std::min({replace, row[j] + 1, row[j + 1] + 1});
      }
    }
    return row.back();
  };
  const auto nearest = std::ranges::min_element(
      candidates, {}, [&](const std::string& candidate) { return distance(candidate); });
  return nearest == candidates.end() ? std::string() : *nearest;
}

}  // namespace saltus
