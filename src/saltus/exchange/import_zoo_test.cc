#include "saltus/exchange/import_zoo.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>

#include "saltus/base/error.h"
#include "saltus/base/file.h"
#include "saltus/base/json.h"
#include "saltus/exchange/export_zoo.h"
#include "saltus/exchange/network_file.h"
#include "saltus/formats/checkpoint_file.h"
#include "saltus/network/mlp.h"
#include "saltus/zoo/verify.h"
#include "tests/support/golden.h"
#include "tests/support/small_zoo.h"
#include "tests/support/temporary.h"

namespace saltus {
namespace {

using testing::golden_path;
using testing::message_of;
using testing::TemporaryFolder;

const Layout kNet({{.name = "a.weight", .shape = {5, 3}},
                   {.name = "a.bias", .shape = {5}},
                   {.name = "b.weight", .shape = {2, 5}},
                   {.name = "b.bias", .shape = {2}}});

std::vector<float> network(int64_t run, int64_t step) {
  std::vector<float> theta(static_cast<size_t>(kNet.parameters()));
  for (size_t i = 0; i < theta.size(); ++i) {
    theta[i] = 0.1f * static_cast<float>(run) + 0.01f * static_cast<float>(step) +
               0.001f * static_cast<float>(i);
  }
  return theta;
}

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

class StackedImport : public ::testing::Test {
 protected:
  // Three runs of four checkpoints.
  std::vector<float> stacked() const {
    std::vector<float> all;
    for (int64_t r = 0; r < 3; ++r) {
      for (int64_t c = 0; c < 4; ++c) {
        const std::vector<float> theta = network(r, c);
        all.insert(all.end(), theta.begin(), theta.end());
      }
    }
    return all;
  }
  void expect_networks(const fs::path& folder) const {
    const Zoo zoo(folder);
    ASSERT_EQ(zoo.runs(), 3);
    for (int64_t r = 0; r < 3; ++r) {
      std::vector<float> expected;
      for (int64_t c = 0; c < 4; ++c) {
        const std::vector<float> theta = network(r, c);
        expected.insert(expected.end(), theta.begin(), theta.end());
      }
      EXPECT_EQ(zoo.read_run(r).parameters, expected);
      EXPECT_EQ(zoo.read_run(r).metrics, (std::vector<float>{4, 3, 2, 1}));
    }
  }

  const TemporaryFolder folder_;
  const std::vector<float> all_ = stacked();
  const std::vector<float> loss_ = {4, 3, 2, 1, 4, 3, 2, 1, 4, 3, 2, 1};
};

TEST_F(StackedImport, OfOneTensorWithTheNamesOfANetwork) {
  const fs::path file = folder_.path() / "stacked.npz";
  write_file(file,
             encode_checkpoint(
                 "npz",
                 {{"theta", Dtype::F32, {3, 4, kNet.parameters()}, std::as_bytes(std::span(all_))},
                  {"loss", Dtype::F32, {3, 4}, std::as_bytes(std::span(loss_))}},
                 {}));
  const auto source = open_stacked_source({.file = file});
  const ImportPlan plan = plan_import(*source, {.layout = kNet});
  EXPECT_EQ(plan.description.layout, kNet);
  import_runs(*source, plan, folder_.path() / "zoo", {});
  expect_networks(folder_.path() / "zoo");
}

TEST_F(StackedImport, OfOneTensorForEachOfTheNetworks) {
  std::vector<std::vector<float>> parts;
  std::vector<TensorView> tensors;
  for (const TensorSpec& spec : kNet.tensors()) {
    std::vector<float>& part = parts.emplace_back();
    for (size_t row = 0; row < 12; ++row) {
      const auto begin =
          all_.begin() + static_cast<std::ptrdiff_t>(row) * kNet.parameters() + spec.offset;
      part.insert(part.end(), begin, begin + spec.size);
    }
  }
  for (size_t t = 0; t < parts.size(); ++t) {
    std::vector<int64_t> shape = {3, 4};
    const TensorSpec& spec = kNet.tensors()[t];
    shape.insert(shape.end(), spec.shape.begin(), spec.shape.end());
    tensors.push_back({spec.name, Dtype::F32, shape, std::as_bytes(std::span(parts[t]))});
  }
  tensors.push_back({"loss", Dtype::F32, {3, 4}, std::as_bytes(std::span(loss_))});
  const fs::path file = folder_.path() / "stacked.pt";
  write_file(file, encode_checkpoint("pt", tensors, {}));
  const auto source = open_stacked_source({.file = file});
  const ImportPlan plan = plan_import(*source, {});
  EXPECT_EQ(plan.description.layout, kNet);
  import_runs(*source, plan, folder_.path() / "zoo", {});
  expect_networks(folder_.path() / "zoo");
}

TEST_F(StackedImport, OfAPlainArrayWithATable) {
  const fs::path file = folder_.path() / "mem.dat", table = folder_.path() / "t.csv";
  write_file(file, std::string_view(reinterpret_cast<const char*>(all_.data()),
                                    all_.size() * sizeof(float)));
  std::string text = "run,iteration,loss\n";
  for (int64_t i = 0; i < 12; ++i) text += fmt::format("{},{},{}\n", i / 4, i % 4, 4 - i % 4);
  write_file(table, text);
  const auto source = open_stacked_source({.file = file,
                                           .table = table,
                                           .key = {},
                                           .shape = {3, 4, kNet.parameters()},
                                           .dtype = "F32"});
  import_runs(*source, plan_import(*source, {.layout = kNet}), folder_.path() / "zoo", {});
  expect_networks(folder_.path() / "zoo");
  const std::string message = message_of<Error>([&] {
    open_stacked_source(
        {.file = file, .table = table, .key = {}, .shape = {3, 4, 7}, .dtype = "F32"});
  });
  EXPECT_NE(message.find("--shape 3,4,7"), std::string::npos) << message;
}

// The reference's own sets, against what its loader reads from them.
TEST(LmdbImport, IsWhatTheReferenceReads) {
  const SafetensorsFile expected(golden_path("lmdb_cartpole_expected.safetensors"));
  for (const auto& [set, group] :
       {std::pair("cartpole", "raw"), std::pair("cartpole_fused", "fused")}) {
    ASSERT_TRUE(is_lmdb_source(golden_path("lmdb") / set));
    const auto source = open_lmdb_source(golden_path("lmdb") / set);
    EXPECT_EQ(source->metrics(), std::vector<std::string>{"train_ret"});
    const Layout layout = make_mlp(cartpole_actor())->layout();
    EXPECT_EQ(source->layout().parameters(), layout.parameters());
    size_t compared = 0;
    for (size_t r = 0; r < source->runs().size(); ++r) {
      const SourceRun& run = source->runs()[r];
      for (size_t c = 0; c < run.checkpoints.size(); ++c) {
        std::vector<float> theta(static_cast<size_t>(layout.parameters()));
        const size_t place[] = {c};
        source->read(r, place, layout, theta);
        const std::string key =
            fmt::format("{}.{}/it{:05}.pt|", group, run.name, run.checkpoints[c].iteration);
        EXPECT_TRUE(std::ranges::equal(theta, expected.at(key + "params").as<float>())) << key;
        EXPECT_EQ(run.checkpoints[c].metrics[0], expected.at(key + "train_ret").as<double>()[0]);
        ++compared;
      }
    }
    EXPECT_EQ(compared, set == std::string("cartpole") ? 15u : 6u);
  }
}

TEST(LmdbImport, OfImageNetworksKeepsEveryMetric) {
  const SafetensorsFile expected(golden_path("lmdb_mnist_expected.safetensors"));
  const auto source = open_lmdb_source(golden_path("lmdb/mnist"));
  const auto architecture = make_mlp(mnist_mlp());
  const TemporaryFolder folder;
  const ImportPlan plan =
      plan_import(*source, {.task = "mnist",
                            .architecture = architecture,
                            .layout = {},
                            .symmetry = {},
                            .metrics = {parse_metric_choice("avg_test_loss:worst=2.3,best=0")}});
  import_runs(*source, plan, folder.path() / "zoo", {});
  const Zoo zoo(folder.path() / "zoo");
  ASSERT_EQ(zoo.runs(), 2);
  EXPECT_EQ(zoo.description().architecture, architecture->to_json());
  const auto run = zoo.read_run(1);
  EXPECT_FLOAT_EQ(
      run.metrics[1],
      static_cast<float>(expected.at("raw.000001/ep005_it00000.pt|avg_test_loss").as<double>()[0]));
  const auto every_seventh = expected.at("raw.000001/ep005_it00000.pt|params").as<float>();
  for (size_t i = 0; i < every_seventh.size(); ++i) {
    EXPECT_EQ(run.parameters[7960 + 7 * i], every_seventh[i]);
  }
}

}  // namespace
}  // namespace saltus
