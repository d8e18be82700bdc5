#include "saltus/training/measured_networks.h"

#include <algorithm>

namespace saltus {

MeasuredNetworks draw_fresh_networks(const std::vector<std::string>& schemes, int64_t count,
                                     const FreshFunction& fresh, const MeasureFunction& measure,
                                     uint64_t seed, const Job& job) {
  Progress progress{.stage = "measuring fresh starts", .total = count, .unit = "networks"};
  job.report(progress);
  std::vector<at::Tensor> rows;
  for (int64_t i = 0; i < count; ++i) {
    const std::string& scheme = schemes[static_cast<size_t>(i) % schemes.size()];
    rows.push_back(at::tensor(fresh(scheme, seed, static_cast<uint64_t>(i)), at::kFloat));
  }
  const at::Tensor theta = at::stack(rows);
  MeasuredNetworks drawn{theta, measure(theta, seed, job)};
  progress.done = count;
  if (!job.stopped()) job.report(progress);
  return drawn;
}

MeasuredNetworks measured_networks(const Zoo& zoo, const std::vector<int64_t>& runs,
                                   size_t metric) {
  const int64_t checkpoints = zoo.checkpoints(), parameters = zoo.parameters();
  const auto count = static_cast<int64_t>(runs.size()) * checkpoints;
  MeasuredNetworks all{at::empty({count, parameters}), at::empty({count, 1})};
  int64_t row = 0;
  for (const int64_t run : runs) {
    for (int64_t c = 0; c < checkpoints; ++c, ++row) {
      zoo.read(run, c,
               {all.theta.data_ptr<float>() + row * parameters, static_cast<size_t>(parameters)});
      all.metric.data_ptr<float>()[row] = zoo.metric(run, c, static_cast<int64_t>(metric));
    }
  }
  return all;
}

}  // namespace saltus
