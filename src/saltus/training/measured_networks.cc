#include "saltus/training/measured_networks.h"

#include <algorithm>

#include "saltus/training/checkpoints.h"

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
  std::vector<CheckpointId> which;
  std::vector<float> metrics;
  for (const int64_t run : runs) {
    for (int64_t c = 0; c < zoo.checkpoints(); ++c) {
      which.push_back({run, c});
      metrics.push_back(zoo.metric(run, c, static_cast<int64_t>(metric)));
    }
  }
  return {read_checkpoints(zoo, which), at::tensor(metrics).unsqueeze(1)};
}

}  // namespace saltus
