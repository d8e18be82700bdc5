#include "saltus/evaluation/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "saltus/base/error.h"
#include "saltus/base/quantile.h"

namespace saltus {
namespace {

struct Moments {
  double xx = 0, yy = 0, xy = 0;  // central sums
};

Moments moments(std::span<const double> x, std::span<const double> y) {
  check(x.size() == y.size(), "statistics: samples of one length");
  const double mean_x = mean(x), mean_y = mean(y);
  Moments m;
  for (size_t i = 0; i < x.size(); ++i) {
    m.xx += (x[i] - mean_x) * (x[i] - mean_x);
    m.yy += (y[i] - mean_y) * (y[i] - mean_y);
    m.xy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  return m;
}

}  // namespace

double mean(std::span<const double> x) {
  double sum = 0;
  for (const double value : x) sum += value;
  return sum / static_cast<double>(x.size());
}

double standard_deviation(std::span<const double> x) {
  return std::sqrt(moments(x, x).xx / static_cast<double>(x.size()));
}

double quantile(std::span<const double> x, double q) {
  if (x.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::vector<double> sorted(x.begin(), x.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted_quantile(sorted, q);
}

double median(std::span<const double> x) { return quantile(x, 0.5); }

double r_squared(std::span<const double> desired, std::span<const double> observed) {
  check(desired.size() == observed.size(), "statistics: samples of one length");
  double error = 0;
  for (size_t i = 0; i < desired.size(); ++i) {
    error += (observed[i] - desired[i]) * (observed[i] - desired[i]);
  }
  return 1 - error / moments(desired, desired).xx;
}

double slope(std::span<const double> x, std::span<const double> y) {
  const Moments m = moments(x, y);
  return m.xy / m.xx;
}

double correlation(std::span<const double> x, std::span<const double> y) {
  const Moments m = moments(x, y);
  return m.xy / std::sqrt(m.xx * m.yy);
}

}  // namespace saltus
