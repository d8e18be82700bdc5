#include "saltus/exchange/path_pattern.h"

#include <algorithm>
#include <cctype>

#include "saltus/base/error.h"

namespace saltus {
namespace {

constexpr size_t kMostSteps = 100'000;  // of a search that goes back: paths are short

bool is_digit(char c) { return c >= '0' && c <= '9'; }

size_t count_digits(std::string_view text) {
  return static_cast<size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
}

// The lengths at which a number could end at the front of `text`, longest first.
std::vector<size_t> number_lengths(std::string_view text) {
  std::vector<size_t> lengths;
  const size_t sign = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  const size_t whole = count_digits(text.substr(sign));
  for (size_t n = 1; n <= whole; ++n) lengths.push_back(sign + n);
  size_t end = sign + whole;
  if (end < text.size() && text[end] == '.') {
    const size_t fraction = count_digits(text.substr(end + 1));
    if (whole > 0 || fraction > 0) {
      for (size_t n = 1; n <= fraction; ++n) lengths.push_back(end + 1 + n);
      end += 1 + fraction;
    }
  }
  if (!lengths.empty() && end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    const size_t exponent_sign =
        end + 1 < text.size() && (text[end + 1] == '-' || text[end + 1] == '+') ? 1 : 0;
    const size_t digits = count_digits(text.substr(std::min(end + 1 + exponent_sign, text.size())));
    for (size_t n = 1; n <= digits; ++n) lengths.push_back(end + 1 + exponent_sign + n);
  }
  std::ranges::reverse(lengths);
  return lengths;
}

}  // namespace

PathPattern::PathPattern(std::string text) : text_(std::move(text)) {
  const auto refuse = [&](std::string_view why) {
    fail(
        "--pattern '{}': {}; expected something like "
        "'run{{run}}/step{{iteration}}_loss{{loss}}.pt'",
        text_, why);
  };
  std::string literal;
  const auto add = [&](Kind kind, std::string value) {
    if (!literal.empty()) parts_.push_back({Kind::literal, std::exchange(literal, {})});
    // A number ends where it does, and * takes what is left: only these two need nothing between.
    const Kind before = parts_.empty() ? Kind::literal : parts_.back().kind;
    const bool clear = before == Kind::literal || (before == Kind::any && kind == Kind::number) ||
                       (before == Kind::number && kind == Kind::any);
    if (!clear) refuse("expected some text between two fields");
    parts_.push_back({kind, std::move(value)});
  };
  for (size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '*') {
      add(Kind::any, "");
    } else if (text_[i] == '{') {
      const size_t end = text_.find('}', i);
      if (end == text_.npos || end == i + 1) refuse("expected a name and } after {");
      const std::string name = text_.substr(i + 1, end - i - 1);
      if (has(name)) refuse("expected each field once, found {" + name + "} twice");
      add(name == "run" ? Kind::text : Kind::number, name);
      i = end;
    } else {
      literal.push_back(text_[i]);
    }
  }
  if (!literal.empty()) parts_.push_back({Kind::literal, literal});
  if (parts_.empty()) refuse("it is empty");
}

bool PathPattern::has(std::string_view field) const {
  return std::ranges::any_of(parts_, [&](const Part& part) {
    return (part.kind == Kind::text || part.kind == Kind::number) && part.value == field;
  });
}

std::vector<std::string> PathPattern::metrics() const {
  std::vector<std::string> names;
  for (const Part& part : parts_) {
    if (part.kind == Kind::number && part.value != "iteration") names.push_back(part.value);
  }
  return names;
}

bool PathPattern::match_from(size_t part, std::string_view rest, Fields& fields,
                             size_t& steps) const {
  if (++steps > kMostSteps) return false;
  if (part == parts_.size()) return rest.empty();
  const auto& [kind, value] = parts_[part];
  if (kind == Kind::literal) {
    return rest.starts_with(value) &&
           match_from(part + 1, rest.substr(value.size()), fields, steps);
  }
  std::vector<size_t> lengths;
  if (kind == Kind::number) {
    lengths = number_lengths(rest);
  } else {
    const size_t longest = std::min(rest.find('/'), rest.size());
    for (size_t n = kind == Kind::any ? 0 : 1; n <= longest; ++n) lengths.push_back(n);
  }
  for (const size_t length : lengths) {
    if (!match_from(part + 1, rest.substr(length), fields, steps)) continue;
    if (kind != Kind::any) fields.emplace_back(value, rest.substr(0, length));
    return true;
  }
  return false;
}

std::optional<PathPattern::Fields> PathPattern::match(std::string_view path) const {
  Fields fields;
  size_t steps = 0;
  if (!match_from(0, path, fields, steps)) return std::nullopt;
  std::ranges::reverse(fields);  // they were found from the last to the first
  return fields;
}

bool natural_less(std::string_view a, std::string_view b) {
  size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (is_digit(a[i]) && is_digit(b[j])) {
      std::string_view x = a.substr(i, count_digits(a.substr(i))),
                       y = b.substr(j, count_digits(b.substr(j)));
      i += x.size();
      j += y.size();
      x.remove_prefix(std::min(x.find_first_not_of('0'), x.size()));
      y.remove_prefix(std::min(y.find_first_not_of('0'), y.size()));
      if (x.size() != y.size()) return x.size() < y.size();
      if (x != y) return x < y;
    } else if (a[i] != b[j]) {
      return a[i] < b[j];
    } else {
      ++i;
      ++j;
    }
  }
  if (i < a.size() || j < b.size()) return i == a.size();
  return a < b;  // alike but for leading zeros
}

}  // namespace saltus
