// The commands on an image task, with a zoo of untrained networks on a few small images.
#include "saltus/task/image_task.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "program.h"
#include "saltus/task/image_files_test.h"
#include "saltus/task/task_config.h"
#include "saltus/zoo/zoo.h"
#include "tiny_model.h"

namespace saltus::testing {
namespace {

using Arguments = std::vector<std::string>;

class ImageTaskCommands : public ::testing::Test {
 protected:
  void SetUp() override {
    write_idx_folder(data());
    task_ = make_task(TaskConfig{.task = "mnist", .data = data()});
    write_zoo();
  }

  // Checkpoints of random networks with the metrics they have.
  void write_zoo() const {
    const Architecture& architecture = task_->architecture();
    ZooDescription description;
    description.task = "mnist";
    description.architecture = architecture.to_json();
    description.layout = architecture.layout();
    description.symmetry = architecture.symmetry();
    description.metrics = task_->metrics();
    description.checkpoints = 3;
    description.made_by = Json::object();
    constexpr int64_t kRuns = 40;
    ZooWriter writer(zoo(), description, kRuns, 20);
    for (int64_t id = 0; id < kRuns; ++id) {
      saltus::Run run{
          .id = id, .parameters = {}, .metrics = std::vector<float>(12), .iteration = {0, 1, 2}};
      for (uint64_t c = 0; c < 3; ++c) {
        const auto theta = task_->fresh_network("pytorch", c, static_cast<uint64_t>(id));
        run.parameters.insert(run.parameters.end(), theta.begin(), theta.end());
      }
      task_->evaluate(run.parameters, {}, {}, run.metrics);
      writer.append(std::move(run));
    }
    writer.finish();
  }

  ProgramResult train(const Arguments& more) const {
    return run_saltus(
        Arguments{"train", "--zoo", zoo(), "-o", folder_ / "generator", "training.metrics=loss"} +
        tiny_training_options() + more);
  }
  ProgramResult update(const Arguments& more) const {
    return run_saltus(Arguments{"update", folder_ / "generator", "-o", folder_ / "out"} + more);
  }
  std::string data() const { return folder_ / "data"; }
  std::string zoo() const { return folder_ / "zoo"; }

  const TemporaryFolder folder_;
  std::shared_ptr<const Task> task_;
};

TEST_F(ImageTaskCommands, TrainsAndUpdatesOnGivenData) {
  const ProgramResult trained = train({"--data", data()});
  ASSERT_EQ(trained.code, 0) << trained.err;
  const ProgramResult updated =
      update({"--data", data(), "--from", "init:seed=3,scheme=pytorch", "--prompt", "loss=0.2"});
  ASSERT_EQ(updated.code, 0) << updated.err;
  EXPECT_NE(updated.out.find("loss of mnist"), std::string::npos) << updated.out;
  const auto summary = nlohmann::json::parse(slurp(folder_ / "out/update.json"));
  const auto start = summary.at("networks").at(0).at("start_metric").at("loss").get<double>();
  std::vector<float> expected(4);
  task_->evaluate(task_->fresh_network("pytorch", 3, 0), {}, {}, expected);
  EXPECT_NEAR(start, expected[0], 1e-5);  // measured on the validation images

  // The data of another shape, and none.
  const std::string other = folder_ / "other";
  write_idx_folder(other, {.rows = 9});
  const Arguments request = {"--from", "init:seed=3", "--prompt", "loss=0.2"};
  const ProgramResult misfit = update(Arguments{"--data", other} + request);
  EXPECT_EQ(misfit.code, 1);
  EXPECT_NE(misfit.err.find("expected images of 48 numbers"), std::string::npos) << misfit.err;
  EXPECT_NE(misfit.err.find("found 1 x 9 x 6"), std::string::npos) << misfit.err;
  const ProgramResult missing = update(Arguments{"--data", folder_ / "nowhere"} + request);
  EXPECT_EQ(missing.code, 1);
  EXPECT_NE(missing.err.find("nowhere"), std::string::npos) << missing.err;
}

}  // namespace
}  // namespace saltus::testing
