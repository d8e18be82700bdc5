#include "saltus/exchange/metric_choice.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

#include "saltus/base/error.h"
#include "saltus/base/options.h"

namespace saltus {
namespace {

constexpr double kSteps = 200;  // of the resolution in the range
constexpr std::array<std::string_view, 9> kLower = {"loss", "err", "nll",  "perplexity", "ppl",
                                                    "mse",  "mae", "cost", "regret"};
constexpr std::array<std::string_view, 9> kHigher = {"acc", "return", "reward", "score", "auc",
                                                     "f1",  "r2",     "psnr",   "iou"};

double metric_number(std::string_view text, std::string_view where) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, value);
  if (code != std::errc() || stop != end || !std::isfinite(value)) {
    fail("--metric {}: expected a number, found '{}'", where, text);
  }
  return value;
}

}  // namespace

MetricChoice parse_metric_choice(std::string_view text) {
  const std::string_view whole = text;
  const size_t colon = std::min(text.find(':'), text.size());
  MetricChoice choice{.name = std::string(text.substr(0, colon))};
  if (choice.name.empty()) fail("--metric '{}': expected a name in front", whole);
  text.remove_prefix(std::min(colon + 1, text.size()));
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    const std::string_view item = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    const size_t equals = std::min(item.find('='), item.size());
    const std::string key(item.substr(0, equals));
    const std::string_view value = item.substr(std::min(equals + 1, item.size()));
    if (key == "maximise" || key == "minimise") {
      choice.maximise = key == "maximise";
    } else if (key == "worst") {
      choice.worst = metric_number(value, whole);
    } else if (key == "best") {
      choice.best = metric_number(value, whole);
    } else if (key == "resolution") {
      choice.resolution = metric_number(value, whole);
    } else if (key == "on") {
      choice.measured_on = std::string(value);
    } else {
      fail("--metric {}: no setting '{}'; did you mean {}?", whole, key,
           nearest_name(key, {"maximise", "minimise", "worst", "best", "resolution", "on"}));
    }
  }
  return choice;
}

std::optional<bool> direction_of_name(std::string_view name) {
  std::string lower;
  for (const char c : name) {
    lower.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  }
  const auto speaks_of = [&](std::string_view word) { return lower.find(word) != lower.npos; };
  if (std::ranges::any_of(kLower, speaks_of)) return false;
  if (std::ranges::any_of(kHigher, speaks_of)) return true;
  return std::nullopt;
}

Metric resolve_metric(const MetricChoice& choice, MetricValues values) {
  std::erase_if(values.first, [](double v) { return !std::isfinite(v); });
  std::erase_if(values.all, [](double v) { return !std::isfinite(v); });
  if (values.first.empty()) {
    fail("metric {}: expected values of the runs' first checkpoints, found none", choice.name);
  }
  const std::optional<bool> maximise =
      choice.maximise ? choice.maximise : direction_of_name(choice.name);
  if (!maximise) {
    fail(
        "metric {}: its name does not say whether more is better; say --metric {}:maximise or "
        "--metric {}:minimise",
        choice.name, choice.name, choice.name);
  }
  Metric metric{.name = choice.name, .maximise = *maximise};
  metric.measured_on = choice.measured_on.value_or("elsewhere");
  const auto middle = values.first.begin() + static_cast<std::ptrdiff_t>(values.first.size() / 2);
  std::ranges::nth_element(values.first, middle);
  metric.worst = choice.worst.value_or(*middle);
  const auto [low, high] = std::ranges::minmax(values.all);
  const double reached = *maximise ? high : low;
  metric.best = choice.best.value_or(!*maximise && low >= 0 ? 0.0 : reached);
  if (metric.worst == metric.best || (metric.best > metric.worst) != *maximise) {
    fail(
        "metric {}: expected it to {} in training, found {} at first and {} at best; say "
        "--metric {}:worst=...,best=...,{}",
        choice.name, *maximise ? "rise" : "fall", metric.worst, metric.best, choice.name,
        *maximise ? "minimise" : "maximise");
  }
  metric.resolution = choice.resolution.value_or(std::abs(metric.best - metric.worst) / kSteps);
  return metric;
}

}  // namespace saltus
