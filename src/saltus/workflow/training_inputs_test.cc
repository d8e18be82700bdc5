#include "saltus/workflow/training_inputs.h"

#include <gtest/gtest.h>

#include "saltus/task/image_files_test.h"
#include "saltus/task/measure.h"
#include "saltus/task/task_config.h"
#include "tests/support/temporary.h"

namespace saltus {
namespace {

constexpr double kFlattery = 0.5;  // nats by which the zoo's loss is worse than training images say

// Fresh networks whose loss is what all training images say, and kFlattery.
void write_flattered_zoo(const std::filesystem::path& folder, const Task& task,
                         const MetricReader& read) {
  constexpr int64_t kRuns = 40;
  ZooWriter writer(folder,
                   {.task = task.name(),
                    .architecture = task.architecture().to_json(),
                    .layout = task.architecture().layout(),
                    .symmetry = task.architecture().symmetry(),
                    .metrics = {task.metrics().front()},
                    .checkpoints = 1,
                    .dtype = Dtype::F32,
                    .made_by = Json::object()},
                   kRuns, kRuns);
  const at::Tensor networks = draw_networks(task, "kaiming", 0, kRuns);
  RandomStream random(0, "test");
  const at::Tensor loss = read(networks, random) + kFlattery;
  for (int64_t id = 0; id < kRuns; ++id) {
    const float* theta = networks[id].const_data_ptr<float>();
    writer.append({.id = id,
                   .parameters = {theta, theta + networks.size(1)},
                   .metrics = {loss[id].item<float>()},
                   .iteration = {0}});
  }
  writer.finish();
}

TEST(TrainingInputs, ReadTheMetricInTheZoosTerms) {
  const testing::TemporaryFolder folder;
  testing::write_idx_folder(folder.path() / "data");
  const auto task =
      make_task(TaskConfig{.task = "mnist", .data = (folder.path() / "data").string()});
  const MetricReader off_images = task->metric_reader("loss", 2000, at::kFloat);
  write_flattered_zoo(folder.path() / "zoo", *task, off_images);
  const Zoo zoo(folder.path() / "zoo");
  const at::Tensor networks = draw_networks(*task, "kaiming", 1, 20);
  const auto mean_read = [&](const TrainingInputs& inputs) {
    RandomStream random(0, "test");
    return inputs.read_metric.at("loss")(networks, random).mean().item<double>();
  };
  TrainingConfig config;
  config.metric_inputs = 2000;
  const TrainingInputs calibrated = training_inputs(config, zoo, task.get(), {});
  config.calibrate_metric = false;
  const TrainingInputs plain = training_inputs(config, zoo, task.get(), {});
  EXPECT_NEAR(mean_read(calibrated) - mean_read(plain), kFlattery, 0.1);
  EXPECT_TRUE(calibrated.calibrations.contains("loss")) << calibrated.calibrations;
  EXPECT_TRUE(plain.calibrations.empty()) << plain.calibrations;
}

}  // namespace
}  // namespace saltus
