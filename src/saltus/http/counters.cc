#include "saltus/http/counters.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace saltus {
namespace {

constexpr std::array kBounds = {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1,   0.2,  0.5,
                                1.0,   2.0,   5.0,   10.0, 20.0, 50.0, 100.0, 200.0};

std::string in_braces(const std::string& labels) {
  return labels.empty() ? "" : "{" + labels + "}";
}

}  // namespace

void Counters::add(const std::string& name, const std::string& labels, double amount) {
  const std::lock_guard lock(mutex_);
  counts_[name][labels] += amount;
}

void Counters::observe(const std::string& name, const std::string& labels, double value) {
  const std::lock_guard lock(mutex_);
  Histogram& histogram = histograms_[name][labels];
  histogram.counts.resize(kBounds.size() + 1);
  histogram
      .counts[static_cast<size_t>(std::ranges::lower_bound(kBounds, value) - kBounds.begin())] += 1;
  histogram.sum += value;
}

void Counters::gauge(const std::string& name, std::function<double()> value) {
  const std::lock_guard lock(mutex_);
  gauges_[name] = std::move(value);
}

void Counters::describe(const std::string& name, const std::string& help) {
  const std::lock_guard lock(mutex_);
  help_[name] = help;
}

std::string Counters::page() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  const auto head = [&](const std::string& name, const char* type) {
    const auto help = help_.find(name);
    if (help != help_.end()) text += fmt::format("# HELP {} {}\n", name, help->second);
    text += fmt::format("# TYPE {} {}\n", name, type);
  };
  for (const auto& [name, series] : counts_) {
    head(name, "counter");
    for (const auto& [labels, value] : series) {
      text += fmt::format("{}{} {}\n", name, in_braces(labels), value);
    }
  }
  for (const auto& [name, value] : gauges_) {
    head(name, "gauge");
    text += fmt::format("{} {}\n", name, value());
  }
  for (const auto& [name, series] : histograms_) {
    head(name, "histogram");
    for (const auto& [labels, histogram] : series) {
      const std::string before = labels.empty() ? "" : labels + ",";
      double so_far = 0;
      for (size_t i = 0; i <= kBounds.size(); ++i) {
        so_far += histogram.counts[i];
        const std::string bound = i < kBounds.size() ? fmt::format("{}", kBounds[i]) : "+Inf";
        text += fmt::format("{}_bucket{{{}le=\"{}\"}} {}\n", name, before, bound, so_far);
      }
      text += fmt::format("{}_sum{} {}\n", name, in_braces(labels), histogram.sum);
      text += fmt::format("{}_count{} {}\n", name, in_braces(labels), so_far);
    }
  }
  return text;
}

}  // namespace saltus
