#include "saltus/server/prompts.h"

#include <algorithm>
#include <cmath>

namespace saltus {
namespace {

std::vector<double> read_values(const Json& json, const std::string& where,
                                const ServedModel& model) {
  std::vector<double> values;
  ObjectReader reader(json, where);
  for (const Metric& metric : model.description().metrics) {
    const Json* value = reader.find(metric.name);
    values.push_back(
        value == nullptr ? NAN : checked_number(*value, {-1e9, 1e9}, reader.place(metric.name)));
  }
  reader.end();
  return values;
}

bool is_given(double value) { return !std::isnan(value); }

}  // namespace

std::vector<double> read_prompt(ObjectReader& reader, const std::string& key,
                                const ServedModel& model) {
  std::vector<double> values = read_values(reader.at(key), reader.place(key), model);
  if (std::ranges::none_of(values, is_given)) {
    bad_request("{}: expected a value, as {{\"{}\": {:g}}}, found none", reader.place(key),
                model.description().metrics.front().name, model.description().metric_high.front());
  }
  return values;
}

std::vector<double> read_start_metric(ObjectReader& reader, const std::string& key,
                                      const ServedModel& model) {
  const Json* given = reader.find(key);
  if (given == nullptr) return {};
  std::vector<double> values = read_values(*given, reader.place(key), model);
  for (size_t m = 0; m < values.size(); ++m) {
    if (!is_given(values[m])) {
      bad_request("{}: expected a value for {}, too", reader.place(key),
                  model.description().metrics[m].name);
    }
  }
  return values;
}

}  // namespace saltus
