// Counters of a running server, in the text format of Prometheus
// (https://prometheus.io/docs/instrumenting/exposition_formats/, version 0.0.4).
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace saltus {

// All methods may be called from any thread.
class Counters {
 public:
  // `labels` as in `route="/v1/updates",status="200"`, or empty.
  void add(const std::string& name, const std::string& labels, double amount = 1);
  // Into a histogram with bounds that suit both milliseconds and batch sizes.
  void observe(const std::string& name, const std::string& labels, double value);
  // A value asked for whenever the page is.
  void gauge(const std::string& name, std::function<double()> value);
  // What a metric is; to be said before it is counted.
  void describe(const std::string& name, const std::string& help);

  std::string page() const;

 private:
  struct Histogram {
    std::vector<double> counts;  // a bound, and one without
    double sum = 0;
  };
  mutable std::mutex mutex_;
  std::map<std::string, std::string> help_;
  std::map<std::string, std::map<std::string, double>> counts_;
  std::map<std::string, std::map<std::string, Histogram>> histograms_;
  std::map<std::string, std::function<double()>> gauges_;
};

}  // namespace saltus
