#include "saltus/exchange/import_zoo.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>

#include "saltus/base/error.h"
#include "saltus/base/file.h"
#include "saltus/base/json.h"
#include "saltus/exchange/export_zoo.h"
#include "saltus/exchange/network_file.h"
#include "saltus/exchange/tiny_networks_test.h"
#include "saltus/formats/checkpoint_file.h"
#include "saltus/zoo/verify.h"
#include "tests/support/small_zoo.h"
#include "tests/support/temporary.h"

namespace saltus {
namespace {

using testing::kNet;
using testing::message_of;
using testing::network;
using testing::TemporaryFolder;

void write_run(const fs::path& folder, int64_t run, int64_t steps, const std::string& ending) {
  fs::create_directories(folder / fmt::format("run{}", run));
  for (int64_t step = 0; step < steps; ++step) {
    write_network(folder / fmt::format("run{}/step{}_loss{:.2f}.{}", run, 10 * step,
                                       2.0 / static_cast<double>(step + 1), ending),
                  kNet, network(run, step), {});
  }
}

std::unique_ptr<RunSource> source_of(const fs::path& folder) {
  return open_folder_source({.folder = folder,
                             .pattern = "run{run}/step{iteration}_loss{loss}.*",
                             .table = {},
                             .key = {},
                             .metrics = {},
                             .exclude = {}},
                            {});
}

std::map<std::string, std::string> files_in(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    files[entry.path().lexically_relative(folder).string()] = read_file(entry.path());
  }
  return files;
}

class FolderImport : public ::testing::Test {
 protected:
  FolderImport() {
    const char* endings[] = {"pt", "safetensors", "npz"};
    for (int64_t run = 0; run < 10; ++run) write_run(source_, run, 4, endings[run % 3]);
  }

  // Among the runs of this source: one with a value that is too large, one of another shape, one
  // that is truncated, and files that are no checkpoints.
  void spill_wrong_files() const {
    std::vector<float> large = network(2, 2);
    large[16] = 11;
    write_network(source_ / "run2/step20_loss0.67.npz", kNet, large, {});
    const Layout other({{.name = "a.weight", .shape = {5, 3}},
                        {.name = "a.bias", .shape = {5}},
                        {.name = "b.weight", .shape = {5, 2}},
                        {.name = "b.bias", .shape = {2}}});
    write_network(source_ / "run4/step10_loss1.00.safetensors", other, network(4, 1), {});
    const fs::path cut = source_ / "run6/step30_loss0.50.pt";
    write_file(cut, read_file(cut).substr(0, 700));
    write_file(source_ / "notes.txt", "no checkpoint");
  }

  const TemporaryFolder folder_;
  const fs::path source_ = folder_.path() / "source", zoo_ = folder_.path() / "zoo";
};

TEST_F(FolderImport, KeepsEveryNumberOfEveryFormat) {
  const auto source = source_of(source_);
  const ImportPlan plan = plan_import(*source, {});
  EXPECT_TRUE(import_runs(*source, plan, zoo_, {.threads = 2}).empty());
  const Zoo zoo(zoo_);
  EXPECT_TRUE(zoo.complete());
  EXPECT_EQ(zoo.runs(), 10);
  EXPECT_EQ(zoo.description().layout, kNet);
  EXPECT_EQ(zoo.description().symmetry.groups().size(), 1u);
  for (int64_t r = 0; r < 10; ++r) {
    const saltus::Run run = zoo.read_run(r);
    EXPECT_EQ(run.iteration, (std::vector<int64_t>{0, 10, 20, 30}));
    EXPECT_EQ(run.metrics, (std::vector<float>{2, 1, 0.67f, 0.5f}));
    for (int64_t c = 0; c < 4; ++c) {
      const auto width = kNet.parameters();
      const std::vector<float> found(run.parameters.begin() + c * width,
                                     run.parameters.begin() + (c + 1) * width);
      EXPECT_EQ(found, network(r, c)) << r << " " << c;
    }
  }
  const Json report = parse_json(read_file(zoo_ / "import.json"), "import.json");
  EXPECT_EQ(report["runs"][3], "3");
}

TEST_F(FolderImport, SaysWhatItLeavesOutAndDrops) {
  write_run(source_, 10, 2, "pt");  // too short
  write_run(source_, 11, 5, "pt");  // longer: thinned
  spill_wrong_files();
  const auto source = source_of(source_);
  const ImportPlan plan = plan_import(*source, {});
  EXPECT_EQ(plan.description.checkpoints, 4);
  const std::string text = describe_plan(*source, plan);
  EXPECT_NE(text.find("run 10: it has 2 of 4 checkpoints"), std::string::npos) << text;
  EXPECT_NE(text.find("notes.txt: its path does not match"), std::string::npos) << text;
  EXPECT_NE(text.find("a.weight [5 units of a, 3]"), std::string::npos) << text;
  const std::vector<DroppedRun> dropped = import_runs(*source, plan, zoo_, {.threads = 2});
  ASSERT_EQ(dropped.size(), 3u);
  EXPECT_EQ(dropped[0].name, "2");
  EXPECT_NE(dropped[0].why.find("a.bias at iteration 20 holds 11"), std::string::npos)
      << dropped[0].why;
  EXPECT_EQ(dropped[1].name, "4");
  EXPECT_NE(dropped[1].why.find("b.weight: expected floats [2, 5], found F32 [5, 2]"),
            std::string::npos)
      << dropped[1].why;
  EXPECT_EQ(dropped[2].name, "6");
  EXPECT_NE(dropped[2].why.find("its end is missing"), std::string::npos) << dropped[2].why;
  const Zoo zoo(zoo_);
  EXPECT_EQ(zoo.runs(), 8);
  EXPECT_EQ(zoo.dropped(), 3);
  EXPECT_EQ(zoo.read_run(zoo.runs() - 1).iteration, (std::vector<int64_t>{0, 10, 30, 40}));
}

// A run stopped at any batch and continued gives the same bytes, the reasons too.
TEST_F(FolderImport, GoesOnWhereItStopped) {
  std::vector<float> large = network(1, 0);
  large[3] = 11;
  write_network(source_ / "run1/step0_loss2.00.safetensors", kNet, large, {});
  const auto source = source_of(source_);
  ImportPlan plan = plan_import(*source, {});
  plan.runs_per_shard = 2;
  const fs::path whole = folder_.path() / "whole";
  import_runs(*source, plan, whole, {.threads = 1});
  std::atomic<bool> stop{false};
  int calls = 0;
  while (!fs::exists(zoo_) || !Zoo(zoo_).complete()) {
    stop = false;
    const auto dropped = import_runs(
        *source, plan, zoo_, {.threads = 1, .stop = &stop, .progress = [&](const Progress&) {
                                stop = ++calls % 2 == 0 && calls < 20;
                              }});
    ASSERT_LE(dropped.size(), 1u);
    ASSERT_LT(calls, 100);
  }
  EXPECT_GE(calls, 5);
  EXPECT_EQ(files_in(zoo_), files_in(whole));
}

TEST_F(FolderImport, GoesOnWithTheSameSourceAlone) {
  const auto source = source_of(source_);
  import_runs(*source, plan_import(*source, {}), zoo_, {});
  write_run(source_, 12, 4, "pt");
  const auto grown = source_of(source_);
  const std::string message =
      message_of<Error>([&] { import_runs(*grown, plan_import(*grown, {}), zoo_, {}); });
  EXPECT_NE(message.find("holds another zoo"), std::string::npos) << message;
}

TEST_F(FolderImport, TakesMetricsFromTables) {
  std::string table = "run,iteration,acc\n";
  for (int64_t run = 0; run < 10; ++run) {
    for (int64_t step = 0; step < 4; ++step) {
      if (run == 5 && step == 1) continue;
      table += fmt::format("{},{},{}\n", run, 10 * step, 0.1 + 0.2 * static_cast<double>(step));
    }
  }
  write_file(folder_.path() / "table.csv", table);
  const auto source = open_folder_source({.folder = source_,
                                          .pattern = "run{run}/step{iteration}_loss*.*",
                                          .table = folder_.path() / "table.csv",
                                          .key = {},
                                          .metrics = {},
                                          .exclude = {}},
                                         {});
  const ImportPlan plan = plan_import(*source, {});
  EXPECT_EQ(plan.description.metrics.front().name, "acc");
  EXPECT_TRUE(plan.description.metrics.front().maximise);
  const std::string text = describe_plan(*source, plan);
  EXPECT_NE(text.find("it has no acc"), std::string::npos) << text;
  import_runs(*source, plan, zoo_, {});
  EXPECT_EQ(Zoo(zoo_).runs(), 9);
  EXPECT_FLOAT_EQ(Zoo(zoo_).metric(0, 3), 0.7f);
}

TEST_F(FolderImport, TakesMetricsFromTheFilesThemselves) {
  const fs::path source = folder_.path() / "own";
  for (int64_t run = 0; run < 3; ++run) {
    fs::create_directories(source / std::to_string(run));
    for (int64_t step = 0; step < 3; ++step) {
      write_network(source / fmt::format("{}/{}.safetensors", run, step), kNet, network(run, step),
                    {{"loss", fmt::format("{}", 3 - step)}, {"epoch", "7"}});
    }
  }
  const auto opened = open_folder_source({.folder = source,
                                          .pattern = {},
                                          .table = {},
                                          .key = {},
                                          .metrics = {},
                                          .exclude = {"b.bias"}},
                                         {.threads = 2});
  EXPECT_EQ(opened->metrics(), std::vector<std::string>{"loss"});
  const ImportPlan plan = plan_import(*opened, {});
  EXPECT_EQ(plan.description.layout.tensors().size(), 3u);  // one excluded
  import_runs(*opened, plan, zoo_, {});
  EXPECT_EQ(Zoo(zoo_).read_run(2).metrics, (std::vector<float>{3, 2, 1}));
}

TEST_F(FolderImport, MeasuresWhatNobodyMeasured) {
  spill_wrong_files();
  const auto source = open_folder_source({.folder = source_,
                                          .pattern = "run{run}/step{iteration}_*",
                                          .table = {},
                                          .key = {},
                                          .metrics = {},
                                          .exclude = {},
                                          .measured = true},
                                         {});
  // Networks of run 5 measure as no number.
  const auto measure = [](std::span<const float> theta, std::span<float> out) {
    const size_t width = theta.size() / out.size();
    for (size_t c = 0; c < out.size(); ++c) {
      out[c] = theta[c * width] == network(5, static_cast<int64_t>(c))[0] ? NAN : theta[c * width];
    }
  };
  const Metric metric{.name = "first weight", .worst = 1, .best = 0};
  const ImportPlan plan = plan_import(*source, {.measuring = std::make_shared<Measuring>(Measuring{
                                                    .metrics = {metric}, .measure = measure})});
  const std::vector<DroppedRun> dropped = import_runs(*source, plan, zoo_, {});
  const Zoo zoo(zoo_);
  EXPECT_EQ(zoo.runs(), 6);
  for (int64_t r = 0; r < zoo.runs(); ++r) {
    const auto run = zoo.read_run(r);
    for (size_t c = 0; c < run.metrics.size(); ++c) {
      EXPECT_EQ(run.metrics[c], network(run.id, static_cast<int64_t>(c))[0]);
    }
  }
  const auto fifth = std::ranges::find(dropped, 5, &DroppedRun::id);
  ASSERT_NE(fifth, dropped.end());
  EXPECT_NE(fifth->why.find("first weight at iteration 0 is nan"), std::string::npos) << fifth->why;
}

TEST_F(FolderImport, RefusesWhatCannotBecomeAZoo) {
  std::string message = message_of<Error>([&] { open_folder_source({.folder = source_}, {}); });
  EXPECT_NE(message.find("expected metrics"), std::string::npos) << message;
  message = message_of<Error>(
      [&] { open_folder_source({.folder = source_, .pattern = "{run}/{iteration}.pt"}, {}); });
  EXPECT_NE(message.find("such as run"), std::string::npos) << message;
  const auto source = source_of(source_);
  message = message_of<Error>([&] { plan_import(*source, {.metrics = {{.name = "los"}}}); });
  EXPECT_NE(message.find("did you mean loss?"), std::string::npos) << message;
  message = message_of<Error>([&] { plan_import(*source, {.checkpoints = 9}); });
  EXPECT_NE(message.find("lower --checkpoints"), std::string::npos) << message;
  message =
      message_of<Error>([&] { plan_import(*source, {.architecture = make_mlp(mnist_mlp())}); });
  EXPECT_NE(message.find("7960"), std::string::npos) << message;
}

TEST(ExportZoo, IsImportedUnchanged) {
  const TemporaryFolder folder;
  testing::write_small_zoo(folder.path() / "zoo", 20);
  const Zoo zoo(folder.path() / "zoo");
  for (const std::string& format : written_formats()) {
    const fs::path out = folder.path() / format, again = folder.path() / (format + "-zoo");
    EXPECT_EQ(export_zoo(zoo, {.format = format}, out, {}), 100);
    const auto source = open_folder_source({.folder = out,
                                            .pattern = "run{run}/step{iteration}.*",
                                            .table = out / "metrics.csv",
                                            .key = {},
                                            .metrics = {},
                                            .exclude = {}},
                                           {});
    // An npz or safetensors file need not keep the order of tensors; the layout does.
    const ImportPlan plan = plan_import(*source, {.layout = zoo.description().layout});
    import_runs(*source, plan, again, {});
    const Zoo imported(again);
    ASSERT_EQ(imported.runs(), zoo.runs());
    for (int64_t r = 0; r < zoo.runs(); ++r) {
      EXPECT_EQ(imported.read_run(r).parameters, zoo.read_run(r).parameters);
      EXPECT_EQ(imported.read_run(r).metrics, zoo.read_run(r).metrics);
      EXPECT_EQ(imported.read_run(r).iteration, zoo.read_run(r).iteration);
    }
    EXPECT_TRUE(verify_zoo(again, {}).empty());
  }
  EXPECT_EQ(export_zoo(zoo, {.run = 3, .checkpoint = -1}, folder.path() / "one", {}), 1);
  EXPECT_TRUE(fs::exists(folder.path() / "one/run3/step40.safetensors"));
  EXPECT_THROW(export_zoo(zoo, {.run = 20}, folder.path() / "none", {}), Error);
  EXPECT_THROW(export_zoo(zoo, {.checkpoint = 5}, folder.path() / "none", {}), Error);
}

}  // namespace
}  // namespace saltus
