// Puts what training data say of a network into the terms of the zoo's metric.
#pragma once

#include <vector>

#include "saltus/base/job.h"
#include "saltus/base/json.h"
#include "saltus/network/metric_reader.h"
#include "saltus/zoo/zoo.h"

namespace saltus {

// Training data flatter the networks that learnt from them, while the zoo's metric, and so the
// prompt, comes from validation data. Adds to what is read the difference between the two: linear
// between points, constant beyond the first and the last.
class MetricCalibration {
 public:
  // A point of a number of networks: means of what was read off them and of the zoo's metric.
  struct Point {
    double read = 0, metric = 0;
  };
  // Points in ascending order of the metric; of none: nothing is added. Where less is read of a
  // point than of the one before, they become one: the calibrated metric rises with what is read.
  explicit MetricCalibration(const std::vector<Point>& points);
  // Any shape, differentiable.
  at::Tensor operator()(const at::Tensor& read) const;
  Json to_json() const;  // {"read", "metric"}: of each point

 private:
  std::vector<double> read_, difference_;  // ascending in read_
};

// Of `read`, on checkpoints of the zoo's training runs: drawn by the seed, about as many from each
// part of the metric's logarithmic range. Worth nothing once job.stopped().
MetricCalibration calibrate(const MetricReader& read, const Zoo& zoo, size_t metric, uint64_t seed,
                            const Job& job);

MetricReader calibrated(MetricReader read, MetricCalibration calibration);

}  // namespace saltus
