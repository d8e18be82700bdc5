// One stacked file becomes the zoo that its parts would.
#include <gtest/gtest.h>

#include "saltus/base/error.h"
#include "saltus/base/file.h"
#include "saltus/exchange/import_zoo.h"
#include "saltus/exchange/tiny_networks_test.h"
#include "saltus/formats/checkpoint_file.h"
#include "tests/support/temporary.h"

namespace saltus {
namespace {

using testing::kNet;
using testing::message_of;
using testing::network;
using testing::TemporaryFolder;

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

}  // namespace
}  // namespace saltus
