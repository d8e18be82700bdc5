// Finds runs, iterations and metrics in the paths of files.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace saltus {

// A pattern such as "run{run}/step{iteration}_loss{loss}.pt": {run} is any text without '/',
// {iteration} and fields of any other name, which are metrics, are numbers, * is any text without
// '/', and all else stands for itself. Where a path can be read in several ways, * and {run} are as
// short and numbers as long as possible, the first ones first.
class PathPattern {
 public:
  // Error, with an example, when a brace is not closed, a field comes twice, or two fields have
  // nothing between them, but for * beside a number.
  explicit PathPattern(std::string text);

  const std::string& text() const { return text_; }
  bool has(std::string_view field) const;
  std::vector<std::string> metrics() const;  // fields but run and iteration, in order

  // The fields' texts of a path (relative, with '/'); nothing when it does not match.
  using Fields = std::vector<std::pair<std::string, std::string>>;
  std::optional<Fields> match(std::string_view path) const;

 private:
  enum class Kind { literal, any, text, number };
  struct Part {
    Kind kind;
    std::string value;  // the literal, or the field's name
  };
  bool match_from(size_t part, std::string_view rest, Fields& fields, size_t& steps) const;

  std::string text_;
  std::vector<Part> parts_;
};

// Whether a comes before b: digits compare as numbers, so that run2 comes before run10.
bool natural_less(std::string_view a, std::string_view b);

}  // namespace saltus
