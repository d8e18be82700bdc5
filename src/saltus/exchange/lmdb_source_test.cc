// Sets that the reference implementation wrote.
#include <gtest/gtest.h>

#include "saltus/base/safetensors.h"
#include "saltus/exchange/import_zoo.h"
#include "saltus/network/mlp.h"
#include "tests/support/golden.h"
#include "tests/support/temporary.h"

namespace saltus {
namespace {

using testing::golden_path;
using testing::TemporaryFolder;

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
