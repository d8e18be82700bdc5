#include "saltus/training/metric_calibration.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <atomic>

#include "saltus/training/checkpoints.h"
#include "saltus/training/drifting_zoo_test.h"

namespace saltus {
namespace {

at::Tensor at_values(std::initializer_list<double> values) {
  return at::tensor(at::ArrayRef<double>(values.begin(), values.size()));
}

void expect_near(const at::Tensor& found, const at::Tensor& wanted, double tolerance) {
  EXPECT_TRUE(at::allclose(found, wanted, 0, tolerance)) << found << "\nexpected\n" << wanted;
}

TEST(MetricCalibration, IsLinearBetweenPointsAndParallelBeyondThem) {
  const MetricCalibration calibration({{0.15, 0.2}, {0.3, 0.31}, {2, 2}});
  expect_near(calibration(at_values({0.05, 0.15, 0.225, 0.3, 1.15, 2, 2.4})),
              at_values({0.1, 0.2, 0.255, 0.31, 1.155, 2, 2.4}), 1e-12);
}

TEST(MetricCalibration, HasTheGradientOfItsSlopes) {
  const MetricCalibration calibration({{1, 2}, {2, 5}});
  const at::Tensor read = at_values({0.5, 1.5, 2.5}).requires_grad_();
  calibration(read).sum().backward();
  expect_near(read.grad(), at_values({1, 3, 1}), 1e-12);
}

TEST(MetricCalibration, RisesWithWhatIsReadHoweverNoisyThePoints) {
  const MetricCalibration calibration({{1, 1}, {3, 2}, {2, 3}, {4, 5}});
  expect_near(calibration(at_values({1, 2.5, 4})), at_values({1, 2.5, 5}), 1e-12);
  const at::Tensor metric = calibration(at::linspace(0, 5, 101, at::kDouble));
  EXPECT_GT(metric.diff().min().item<double>(), 0);
}

// What the drift of a network says of its metric, but for what training data flatter.
at::Tensor read_drift(const at::Tensor& theta) {
  const std::vector<float> drift = testing::drift_direction(theta.size(1));
  const at::Tensor along = at::tensor(drift);
  return 1000 * theta.matmul(along) / along.square().sum();
}

class CalibratedReader : public ::testing::Test {
 protected:
  const Zoo zoo_{testing::make_zoo("calibrated")};
  // Networks of returns near 400 look better by 40 than they are; those of 0 do not.
  const MetricReader flattering_ = [](const at::Tensor& theta, RandomStream&) {
    return read_drift(theta) * 1.1;
  };
  at::Tensor metric_of_runs(const MetricReader& reader) const {
    RandomStream random(0, "test");
    std::vector<at::Tensor> means;
    for (int64_t c = 0; c < zoo_.checkpoints(); ++c) {
      std::vector<CheckpointId> which;
      for (int64_t run = 0; run < zoo_.runs(); ++run) which.push_back({run, c});
      means.push_back(reader(read_checkpoints(zoo_, which), random).mean());
    }
    return at::stack(means);
  }
};

TEST_F(CalibratedReader, SpeaksInTheZoosTerms) {
  const at::Tensor zoo_says = at::tensor({0.0, 100.0, 200.0, 300.0, 400.0}, at::kFloat);
  EXPECT_GT(metric_of_runs(flattering_)[4].item<double>(), 420);
  expect_near(metric_of_runs(calibrated(flattering_, calibrate(flattering_, zoo_, 0, 1, {}))),
              zoo_says, 10);
}

TEST_F(CalibratedReader, StopsWhenAsked) {
  int calls = 0;
  const std::atomic<bool> stop = true;
  const MetricReader counted = [&](const at::Tensor& theta, RandomStream&) {
    ++calls;
    return read_drift(theta);
  };
  calibrate(counted, zoo_, 0, 1, {.stop = &stop});
  EXPECT_EQ(calls, 0);
}

}  // namespace
}  // namespace saltus
