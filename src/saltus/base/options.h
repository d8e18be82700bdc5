// Options declared once: the declaration gives `key=value` parsing, YAML, --help, docs, validation.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace saltus {

using Json = nlohmann::ordered_json;

// A set of options bound to the fields of config structs, which must outlive it.
//
//   struct TrainingConfig { int64_t steps = 1000; double learning_rate = 1e-3; std::string
//   precision = "f32";
//     void declare(Options& o) {
//       o.add("training.steps", steps, "optimiser steps", {1, 1e9});
//       o.choice("training.precision", precision, {"f32", "bf16"}, "arithmetic of the
//       transformer");
//   } };
class Options {
 public:
  struct Range {
    double low = -1e300, high = 1e300;  // inclusive
  };

  void add(std::string key, int64_t& value, std::string help, Range range);
  void add(std::string key, double& value, std::string help, Range range);
  void add(std::string key, bool& value, std::string help);
  void add(std::string key, std::string& value, std::string help);
  void add(std::string key, std::vector<int64_t>& value, std::string help, Range range);
  void add(std::string key, std::vector<std::string>& value, std::string help);
  void choice(std::string key, std::string& value, std::vector<std::string> choices,
              std::string help);

  // "key=value". Unknown key: Error with the nearest key. Bad value: Error with key, what was
  // expected (type, range, choices) and what was found. Lists: "[32,16]" or "32,16".
  void assign(std::string_view key_value);
  // Nested maps of a YAML file; keys joined by '.'. The same errors, with file and line.
  void load_yaml(const std::filesystem::path& path);
  // Values from a nested object as written by to_json; unknown keys are errors.
  void load_json(const Json& nested);

  Json to_json() const;         // nested, every option with its present value, declaration order
  std::string to_yaml() const;  // the same, with the help texts as comments
  std::string help() const;     // one line an option: key, default, range or choices, text

  std::vector<std::string> keys() const;

 private:
  struct Option {
    std::string key, help, expected, default_text;
    std::function<void(const Json&)> set;  // throws Error with what was expected
    std::function<Json()> get;
  };
  Option& find(std::string_view key);
  void insert(Option option);

  std::vector<Option> options_;
};

// The candidate with the smallest edit distance to `word` ("" when there is none).
std::string nearest_name(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace saltus
