#include "saltus/task/measure.h"

#include <algorithm>

#include "saltus/base/error.h"

namespace saltus {
namespace {

int64_t metric_column(const Task& task, const std::string& name) {
  const auto& metrics = task.metrics();
  const auto found = std::ranges::find(metrics, name, &Metric::name);
  if (found == metrics.end()) {
    fail("task {}: expected one of its own metrics, found '{}'", task.name(), name);
  }
  return found - metrics.begin();
}

}  // namespace

at::Tensor measure_networks(const Task& task, const std::vector<Metric>& metrics,
                            const at::Tensor& theta, const EvaluateOptions& options,
                            const Job& job) {
  std::vector<int64_t> columns;
  EvaluateOptions wanted = options;
  wanted.validation = wanted.test = false;  // only what the metrics need
  for (const Metric& metric : metrics) {
    columns.push_back(metric_column(task, metric.name));
    const Metric& own = task.metrics()[static_cast<size_t>(columns.back())];
    (own.measured_on == "test" ? wanted.test : wanted.validation) = true;
  }
  const at::Tensor flat = theta.to(at::kFloat).contiguous();
  at::Tensor all = at::empty({flat.size(0), static_cast<int64_t>(task.metrics().size())});
  task.evaluate({flat.const_data_ptr<float>(), static_cast<size_t>(flat.numel())}, wanted, job,
                {all.mutable_data_ptr<float>(), static_cast<size_t>(all.numel())});
  return all.index_select(1, at::tensor(columns, at::kLong));
}

at::Tensor draw_networks(const Task& task, const std::string& scheme, uint64_t seed, int64_t count,
                         int64_t first) {
  const int64_t parameters = task.architecture().layout().parameters();
  at::Tensor theta = at::empty({count, parameters});
  for (int64_t k = 0; k < count; ++k) {
    const std::vector<float> network =
        task.fresh_network(scheme, seed, static_cast<uint64_t>(first + k));
    std::ranges::copy(network, theta.mutable_data_ptr<float>() + k * parameters);
  }
  return theta;
}

}  // namespace saltus
