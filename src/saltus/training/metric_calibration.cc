#include "saltus/training/metric_calibration.h"

#include <torch/torch.h>

#include <algorithm>
#include <utility>

#include "saltus/base/monotone.h"
#include "saltus/network/device.h"
#include "saltus/training/checkpoints.h"

namespace saltus {
namespace {

constexpr int kParts = 12;           // of the metric's range
constexpr size_t kNetworks = 256;    // drawn from a part, at most
constexpr size_t kFewNetworks = 16;  // too few for a point of their own

// Checkpoints of training runs by their part of the metric's logarithmic range, each part in an
// order drawn at random; in ascending order of the metric, without parts of few checkpoints.
std::vector<std::vector<CheckpointId>> draw_parts(const Zoo& zoo, size_t metric, uint64_t seed) {
  const Metric& description = zoo.description().metrics[metric];
  std::vector<CheckpointId> all;
  std::vector<double> gaps;
  for (const int64_t run : zoo.runs_of(Split::train)) {
    for (int64_t c = 0; c < zoo.checkpoints(); ++c) {
      all.push_back({run, c});
      gaps.push_back(description.log_gap(zoo.metric(run, c, static_cast<int64_t>(metric))));
    }
  }
  if (gaps.empty()) return {};
  const auto [low, high] = std::ranges::minmax(gaps);
  std::vector<std::vector<CheckpointId>> parts(kParts);
  for (size_t i = 0; i < gaps.size(); ++i) {
    const double along = high > low ? (gaps[i] - low) / (high - low) : 0;
    parts[std::min(static_cast<size_t>(along * kParts), parts.size() - 1)].push_back(all[i]);
  }
  RandomStream random(seed, "training.calibration");
  size_t enough = 0;
  for (std::vector<CheckpointId>& part : parts) {
    const size_t count = std::min(part.size(), kNetworks);
    for (size_t i = 0; i < count; ++i) std::swap(part[i], part[i + random.below(part.size() - i)]);
    part.resize(count);
    enough = std::min(kFewNetworks, std::max(enough, count));
  }
  std::erase_if(parts, [&](const std::vector<CheckpointId>& part) { return part.size() < enough; });
  if (description.maximise) std::ranges::reverse(parts);
  return parts;
}

}  // namespace

MetricCalibration::MetricCalibration(const std::vector<Point>& points) {
  std::vector<double> read;
  for (const Point& point : points) read.push_back(point.read);
  size_t next = 0;
  for (const Pool& pool : pool_violators(read)) {
    double metric = 0;
    for (int64_t i = 0; i < pool.count; ++i) metric += points[next++].metric;
    read_.push_back(pool.mean);
    difference_.push_back(metric / static_cast<double>(pool.count) - pool.mean);
  }
}

at::Tensor MetricCalibration::operator()(const at::Tensor& read) const {
  if (read_.empty()) return read;
  at::Tensor metric = read + difference_.front();
  for (size_t i = 0; i + 1 < read_.size(); ++i) {
    const double slope = (difference_[i + 1] - difference_[i]) / (read_[i + 1] - read_[i]);
    metric = metric + slope * (read.clamp(read_[i], read_[i + 1]) - read_[i]);
  }
  return metric;
}

Json MetricCalibration::to_json() const {
  std::vector<double> metric;
  for (size_t i = 0; i < read_.size(); ++i) metric.push_back(read_[i] + difference_[i]);
  return {{"read", read_}, {"metric", metric}};
}

MetricCalibration calibrate(const MetricReader& read, const Zoo& zoo, size_t metric, uint64_t seed,
                            const Job& job) {
  const torch::NoGradGuard no_gradient;
  const std::vector<std::vector<CheckpointId>> parts = draw_parts(zoo, metric, seed);
  std::vector<MetricCalibration::Point> points(parts.size());
  RandomStream random(seed, "training.calibration", 1);
  const at::Device device = device_named(job.device);
  size_t calls = 0;
  for (const std::vector<CheckpointId>& part : parts) calls = std::max(calls, part.size());
  // A call draws data for all its networks: one of each part, so that the points share them.
  for (size_t i = 0; i < calls && !job.stopped(); ++i) {
    job.report({.stage = "calibrating the metric",
                .done = static_cast<int64_t>(i + 1),
                .total = static_cast<int64_t>(calls),
                .unit = "readings"});
    std::vector<size_t> drawn;
    std::vector<CheckpointId> which;
    for (size_t p = 0; p < parts.size(); ++p) {
      if (i >= parts[p].size()) continue;
      drawn.push_back(p);
      which.push_back(parts[p][i]);
      points[p].metric +=
          zoo.metric(which.back().run, which.back().checkpoint, static_cast<int64_t>(metric));
    }
    const at::Tensor found =
        read(read_checkpoints(zoo, which).to(device), random).to(at::kCPU, at::kDouble);
    for (size_t k = 0; k < drawn.size(); ++k) {
      points[drawn[k]].read += found[static_cast<int64_t>(k)].item<double>();
    }
  }
  for (size_t p = 0; p < parts.size(); ++p) {
    points[p].read /= static_cast<double>(parts[p].size());
    points[p].metric /= static_cast<double>(parts[p].size());
  }
  return MetricCalibration(points);
}

MetricReader calibrated(MetricReader read, MetricCalibration calibration) {
  return [read = std::move(read), calibration = std::move(calibration)](const at::Tensor& theta,
                                                                        RandomStream& random) {
    return calibration(read(theta, random));
  };
}

}  // namespace saltus
