#include "saltus/network/metric.h"

#include <algorithm>
#include <cmath>

#include "saltus/base/error.h"
#include "saltus/base/json.h"

namespace saltus {

double Metric::log_gap(double value) const {
  const double gap = maximise ? best - value : value - best;
  const double range = std::abs(best - worst);
  return std::log1p(std::max(gap, 0.0) / resolution) / std::log1p(range / resolution);
}

Json Metric::to_json() const {
  return {{"name", name},
          {"direction", maximise ? "maximise" : "minimise"},
          {"measured_on", measured_on},
          {"worst", worst},
          {"best", best},
          {"resolution", resolution}};
}

Metric Metric::from_json(const Json& json) {
  Metric m;
  m.name = json_get<std::string>(json, "name", "metric");
  const auto direction = json_get<std::string>(json, "direction", "metric");
  if (direction != "maximise" && direction != "minimise") {
    fail("metric: key 'direction': expected maximise or minimise, found '{}'", direction);
  }
  m.maximise = direction == "maximise";
  m.measured_on = json_get<std::string>(json, "measured_on", "metric");
  m.worst = json_get<double>(json, "worst", "metric");
  m.best = json_get<double>(json, "best", "metric");
  m.resolution = json_get<double>(json, "resolution", "metric");
  if (m.worst == m.best || !(m.resolution > 0)) {
    fail("metric '{}': expected worst and best apart and resolution > 0, found {}, {}, {}", m.name,
         m.worst, m.best, m.resolution);
  }
  return m;
}

}  // namespace saltus
