#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "saltus/base/error.h"
#include "saltus/evaluation/alignment.h"
#include "saltus/evaluation/sections.h"

namespace saltus {
namespace {

constexpr std::string_view kLogarithmic = "log ";

double parse_end(const std::string& text, std::string_view digits) {
  double end = 0;
  const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), end);
  if (error != std::errc() || rest != digits.data() + digits.size()) {
    fail("evaluation.prompt_ranges: expected a value such as 2.0 or log 1.0, found \"{}\"", text);
  }
  return end;
}

PromptRange parse_range(const Bench& bench, const std::string& text) {
  const bool logarithmic = text.starts_with(kLogarithmic);
  const double best = bench.zoo_best();
  const double end =
      parse_end(text, logarithmic ? std::string_view(text).substr(kLogarithmic.size()) : text);
  if (!bench.metric().better(best, end) || (logarithmic && !(best > 0 && end > 0))) {
    fail("evaluation.prompt_ranges: expected values worse than the zoo's best, {:.6g}{}, found {}",
         best, logarithmic ? ", both above 0" : "", text);
  }
  const int64_t count = bench.config.prompts;
  PromptRange range{text, {}};
  for (int64_t i = 0; i < count; ++i) {
    const double x = static_cast<double>(i) / static_cast<double>(count - 1);
    range.prompts.push_back(logarithmic ? best * std::pow(end / best, x) : best + x * (end - best));
  }
  return range;
}

}  // namespace

std::vector<PromptRange> prompt_ranges(const Bench& bench) {
  std::vector<PromptRange> ranges;
  for (const std::string& text : bench.config.prompt_ranges) {
    ranges.push_back(parse_range(bench, text));
  }
  if (ranges.empty()) {
    ranges.push_back({"range", even_prompts(bench.milestone(0.985), bench.milestone(0.04), 1,
                                            bench.metric().maximise, bench.config.prompts)});
  }
  return ranges;
}

}  // namespace saltus
