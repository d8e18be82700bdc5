// saltus zoo import | export, saltus import-model. Files of other tools: import_formats.py.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "program.h"
#include "saltus/base/safetensors.h"
#include "saltus/formats/checkpoint_file.h"
#include "saltus/generator/generator.h"
#include "saltus/generator/official_checkpoint.h"
#include "saltus/zoo/zoo.h"
#include "tests/support/golden.h"
#include "tiny_model.h"

namespace saltus::testing {
namespace {

using Arguments = std::vector<std::string>;

class Exchange : public ::testing::Test {
 protected:
  void SetUp() override { tiny_model(); }
  const TemporaryFolder folder_;
};

void expect_error(const ProgramResult& result, int code, const std::string& part) {
  EXPECT_EQ(result.code, code);
  EXPECT_NE(result.err.find(part), std::string::npos) << result.err;
}

TEST_F(Exchange, ExportsWhatIsImportedAgain) {
  const ProgramResult out =
      run_saltus({"zoo", "export", tiny_zoo(), "-o", folder_ / "files", "--format", "pt"});
  ASSERT_EQ(out.code, 0) << out.err;
  EXPECT_NE(out.out.find("exported 288 networks"), std::string::npos) << out.out;
  const Arguments import = {"zoo",
                            "import",
                            folder_ / "files",
                            "-o",
                            folder_ / "zoo",
                            "--pattern",
                            "run{run}/step{iteration}.pt",
                            "--table",
                            folder_ / "files/metrics.csv",
                            "--architecture",
                            "cartpole",
                            "--task",
                            "cartpole"};
  const ProgramResult plan = run_saltus(import + Arguments{"--dry-run"});
  ASSERT_EQ(plan.code, 0) << plan.err;
  EXPECT_NE(plan.out.find("48 of 6 checkpoints"), std::string::npos) << plan.out;
  EXPECT_NE(plan.out.find("actor.2.weight [32 units of actor.2, 32 units of actor.0]"),
            std::string::npos)
      << plan.out;
  EXPECT_FALSE(fs::exists(folder_ / "zoo"));
  ASSERT_EQ(run_saltus(import).code, 0);
  const Zoo before(tiny_zoo()), after(folder_ / "zoo");
  ASSERT_EQ(after.runs(), before.runs());
  for (int64_t r = 0; r < before.runs(); ++r) {
    EXPECT_EQ(after.read_run(r).parameters, before.read_run(r).parameters);
    EXPECT_EQ(after.read_run(r).metrics, before.read_run(r).metrics);
  }
  // The task measures it as its own.
  const ProgramResult trained =
      run_saltus(Arguments{"train", "--zoo", folder_ / "zoo", "-o", folder_ / "generator"} +
                 tiny_training_options() + Arguments{"training.steps=5"});
  EXPECT_EQ(trained.code, 0) << trained.err;
}

TEST_F(Exchange, MeasuresNetworksThatItImports) {
  ASSERT_EQ(run_saltus({"zoo", "export", tiny_zoo(), "-o", folder_ / "files"}).code, 0);
  const Arguments import = {"zoo",
                            "import",
                            folder_ / "files",
                            "-o",
                            folder_ / "zoo",
                            "--pattern",
                            "run{run}/step{iteration}.safetensors",
                            "--measure"};
  expect_error(run_saltus(import), 2, "--measure: expected --task");
  const ProgramResult result =
      run_saltus(import + Arguments{"--task", "cartpole", "--architecture", "cartpole"});
  ASSERT_EQ(result.code, 0) << result.err;
  const Zoo before(tiny_zoo()), after(folder_ / "zoo");
  ASSERT_EQ(after.runs(), before.runs());
  EXPECT_EQ(after.description().metrics.front().name, "return");
  // Other episodes of the same networks.
  double largest = 0, sum = 0;
  for (int64_t r = 0; r < before.runs(); ++r) {
    EXPECT_EQ(after.read_run(r).parameters, before.read_run(r).parameters);
    for (int64_t c = 0; c < before.checkpoints(); ++c) {
      const double difference = after.metric(r, c, 0) - before.metric(r, c, 0);
      largest = std::max(largest, std::abs(difference));
      sum += difference;
    }
  }
  EXPECT_LT(largest, 40);
  EXPECT_GT(largest, 0) << "nothing was measured";
  EXPECT_LT(std::abs(sum), 300);
}

TEST_F(Exchange, ExportsOneNetwork) {
  const ProgramResult result = run_saltus(
      {"zoo", "export", tiny_zoo(), "-o", folder_ / "one", "--run", "3", "--checkpoint", "last"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(folder_contents(folder_ / "one").size(), 2u);
  expect_error(run_saltus({"zoo", "export", tiny_zoo(), "-o", folder_ / "x", "--run", "99"}), 1,
               "found 99");
  expect_error(
      run_saltus({"zoo", "export", tiny_zoo(), "-o", folder_ / "x", "--checkpoint", "first"}), 2,
      "found 'first'");
}

TEST_F(Exchange, UpdatesInEveryFormat) {
  for (const std::string& format : written_formats()) {
    const Arguments update = {"update",   tiny_generator(), "--prompt",    "return=40",
                              "--format", format,           "--no-measure"};
    const std::string first = folder_ / ("first-" + format),
                      second = folder_ / ("second-" + format);
    const ProgramResult one = run_saltus(update + Arguments{"--from", "init:seed=3", "-o", first});
    ASSERT_EQ(one.code, 0) << one.err;
    const std::string file = first + "/orthogonal-seed3-0-0." + format;
    EXPECT_EQ(read_checkpoint(file).tensors.size(), 7u);
    const ProgramResult two = run_saltus(update + Arguments{"--from", file, "-o", second});
    EXPECT_EQ(two.code, 0) << two.err;
  }
}

TEST_F(Exchange, SaysWhatIsMissing) {
  fs::create_directories(folder_ / "files/0");
  spill(folder_ / "files/0/1_loss2.pt", "no checkpoint");
  spill(folder_ / "files/0/2_loss1.pt", "no checkpoint");
  expect_error(run_saltus({"zoo", "import", folder_ / "none", "-o", folder_ / "zoo"}), 1,
               "no such file or folder");
  expect_error(run_saltus({"zoo", "import", folder_ / "files", "-o", folder_ / "zoo", "--pattern",
                           "{run}/{iteration}_loss{loss}.pt"}),
               1, "1_loss2.pt");
  expect_error(run_saltus({"zoo", "import", folder_ / "files", "-o", folder_ / "zoo", "--pattern",
                           "{run}/step{iteration}"}),
               1, "such as 0/");
}

TEST_F(Exchange, ImportsTheReferencesGenerators) {
  for (const char* name : {"cartpole_tiny_0500.pt", "cartpole_tiny_0500_numpy1.pt"}) {
    const std::string file = golden_path(name).string(), model = folder_ / name;
    expect_error(run_saltus({"import-model", file, "-o", model}), 1, "--heads");
    const ProgramResult result = run_saltus({"import-model", file, "-o", model, "--heads", "2"});
    ASSERT_EQ(result.code, 0) << result.err;
    EXPECT_NE(result.out.find("cartpole networks by return"), std::string::npos) << result.out;
    EXPECT_TRUE(fs::exists(fs::path(model) / "README.md"));
    // Every weight is the average's, and an update runs.
    const Generator generator = Generator::load(fs::path(model) / "generator.safetensors");
    const StateDict state = OfficialCheckpoint(file).state_dict("G_ema");
    const auto weights = generator.denoiser()->named_parameters();
    EXPECT_EQ(weights.size() + 1, state.size());  // and the frequencies, a buffer
    for (const auto& [weight, value] : state) {
      if (const at::Tensor* found = weights.find(weight)) {
        EXPECT_TRUE(found->equal(value)) << weight;
      }
    }
    const ProgramResult update =
        run_saltus({"update", model, "--from", "init:seed=3", "--prompt", "return=400", "-o",
                    folder_ / "out", "--evaluations", "3"});
    EXPECT_EQ(update.code, 0) << update.err;
  }
  spill(folder_ / "other.pt", "no model");
  expect_error(run_saltus({"import-model", folder_ / "other.pt", "-o", folder_ / "x"}), 1,
               "other.pt");
}

}  // namespace
}  // namespace saltus::testing
