// What a metric of imported checkpoints means: its direction and the ends of its range.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "saltus/network/metric.h"

namespace saltus {

// A metric as the user names it; what is absent is guessed.
struct MetricChoice {
  std::string name;
  std::optional<bool> maximise;
  std::optional<double> worst, best, resolution;
  std::optional<std::string> measured_on;
};

// "loss", "loss:minimise" or "score:maximise,worst=0,best=500,resolution=5,on=validation". Error
// with the nearest key.
MetricChoice parse_metric_choice(std::string_view text);

// Whether more of it is better, as its name says; nothing when it does not say.
std::optional<bool> direction_of_name(std::string_view name);

// The values a metric took: at the runs' first checkpoints, and in all.
struct MetricValues {
  std::vector<double> first, all;
};

// Fills in what is absent: the direction by name, `worst` as the median of the first checkpoints,
// `best` as 0 where a metric that is minimised is never below it, else the best value, and the
// resolution as a 200th of the range. Error when the name says no direction, and for metrics that
// never change.
Metric resolve_metric(const MetricChoice& choice, MetricValues values);

}  // namespace saltus
