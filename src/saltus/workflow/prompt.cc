#include "saltus/workflow/prompt.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "saltus/base/error.h"
#include "saltus/base/options.h"

namespace saltus {

std::vector<double> parse_metric_values(const std::string& option,
                                        const std::vector<std::string>& texts,
                                        const std::vector<Metric>& metrics, Wanted wanted) {
  std::vector<std::string> names;
  for (const Metric& metric : metrics) names.push_back(metric.name);
  constexpr double kUnset = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> values(metrics.size(), kUnset);
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    const auto known = std::ranges::find(names, name);
    if (equals == std::string::npos) {
      fail("{}: expected METRIC=NUMBER, as in {}=1, found '{}'", option, names.front(), text);
    }
    if (known == names.end()) {
      fail("{}: expected a metric of the generator ({}), found '{}'; did you mean {}?", option,
           fmt::join(names, ", "), name, nearest_name(name, names));
    }
    double& value = values[static_cast<size_t>(known - names.begin())];
    if (!std::isnan(value)) fail("{}: {} is given twice", option, name);
    const char* end = text.data() + text.size();
    const auto [rest, code] = std::from_chars(text.data() + equals + 1, end, value);
    if (code != std::errc() || rest != end || !std::isfinite(value)) {
      fail("{}: {}: expected a number, found '{}'", option, name, text.substr(equals + 1));
    }
  }
  const auto given = [](double value) { return !std::isnan(value); };
  if (wanted == Wanted::some && std::ranges::any_of(values, given)) return values;
  for (size_t m = 0; m < metrics.size(); ++m) {
    if (std::isnan(values[m])) {
      fail("{}: expected a value for {}, found none; add {} {}=NUMBER", option, names[m], option,
           names[m]);
    }
  }
  return values;
}

std::vector<std::string> range_warnings(const std::vector<double>& prompt,
                                        const GeneratorDescription& description) {
  std::vector<std::string> warnings;
  for (size_t m = 0; m < prompt.size(); ++m) {
    const double low = description.metric_low[m], high = description.metric_high[m];
    const double slack = description.metrics[m].resolution;
    if (std::isnan(prompt[m])) continue;
    if (prompt[m] >= low - slack && prompt[m] <= high + slack) continue;
    warnings.push_back(fmt::format(
        "prompt {}={:g} is outside what the generator has seen ({:g} to {:g}); going on",
        description.metrics[m].name, prompt[m], low, high));
  }
  return warnings;
}

std::string metric_values_text(const std::vector<Metric>& metrics, const float* values) {
  std::vector<std::string> parts;
  for (size_t m = 0; m < metrics.size(); ++m) {
    parts.push_back(fmt::format("{}={:g}", metrics[m].name, values[m]));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace saltus
