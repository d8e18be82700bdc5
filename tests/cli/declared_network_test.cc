// A network that appears nowhere in the source, on images of another size: declared in options, it
// goes through zoo, training, one update, evaluation and report.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "program.h"
#include "saltus/network/device.h"
#include "saltus/task/image_files_test.h"
#include "tiny_model.h"

namespace saltus::testing {
namespace {

using Arguments = std::vector<std::string>;

// 48-7-6-5 with tanh, or a ConvNet, whose runs learn to read `ruled` images.
void goes_through(const Arguments& network, size_t parameters) {
  const TemporaryFolder folder;
  const std::string data = folder / "data", zoo = folder / "zoo", generator = folder / "generator";
  write_idx_folder(data);
  const ProgramResult built = run_saltus(
      Arguments{"zoo", "build", "-o", zoo, "population.task=mnist", "task.data=" + data,
                "population.runs=40", "population.checkpoints=8",
                "population.initialisers=[pytorch]", "supervised.epochs=6", "supervised.batch=20",
                "supervised.warmup=5", "supervised.lot=8", "supervised.convolutions=bf16"} +
      network);
  ASSERT_EQ(built.code, 0) << built.err;
  EXPECT_EQ(built.err.find("supervised.convolutions: computing in float32") != std::string::npos,
            computes_wider("bf16", at::kCPU))
      << built.err;
  const ProgramResult trained =
      run_saltus(Arguments{"train", "--zoo", zoo, "--data", data, "-o", generator,
                           "training.metrics=[loss,error]", "training.fresh_schemes=[pytorch]",
                           "training.metric_inputs=16", "training.network_precision=bf16",
                           "training.fresh_starts=0.5", "training.updated_starts=0.5",
                           "training.stay_loss=2", "generator.width=16"} +
                 tiny_training_options());
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_EQ(
      trained.err.find("training.network_precision: computing in float32") != std::string::npos,
      computes_wider("bf16", at::kCPU))
      << trained.err;

  // Of the two metrics that condition it, one is prompted.
  const ProgramResult updated =
      run_saltus({"update", generator, "--data", data, "--from", "init:seed=3,scheme=pytorch",
                  "--prompt", "error=20", "-o", folder / "out"});
  ASSERT_EQ(updated.code, 0) << updated.err;
  EXPECT_NE(updated.out.find("error of mnist"), std::string::npos) << updated.out;
  const auto summary = nlohmann::json::parse(slurp(folder / "out/update.json"));
  EXPECT_TRUE(summary.at("prompt").at("loss").is_null());
  EXPECT_EQ(summary.at("prompt").at("error"), 20);

  const ProgramResult evaluated = run_saltus(
      {"evaluate", generator, "--zoo", zoo, "--data", data, "-o", folder / "results",
       "evaluation.metric=error", "evaluation.starts=8", "evaluation.alignment_starts=4",
       "evaluation.prompts=3", "evaluation.scheme=pytorch", "evaluation.schemes=[pytorch]",
       "evaluation.held_out=8", "evaluation.tuned_steps=20", "evaluation.recalibrate=true",
       "evaluation.prompt_ranges=[70]"});
  ASSERT_EQ(evaluated.code, 0) << evaluated.err;
  const auto results = nlohmann::json::parse(slurp(folder / "results/results.json"));
  EXPECT_EQ(results.at("metric"), "error");
  EXPECT_EQ(results.at("scored_on"), "test");
  EXPECT_TRUE(results.at("complete").get<bool>());
  EXPECT_TRUE(results.at("novelty").contains("mistakes"));
  EXPECT_EQ(results.at("optimisers").at("tried").size(), 16u);
  EXPECT_EQ(results.at("alignment").at("rows").at(1).at("chooser"), "recalibration");
  // The population learns: its last checkpoints beat its first.
  EXPECT_LT(results.at("zoo").at("final").at("mean"),
            results.at("one_update").at("start").at("mean").get<double>() - 10);

  const ProgramResult reported =
      run_saltus({"report", folder / "results/results.json", "-o", folder / "report.html"});
  ASSERT_EQ(reported.code, 0) << reported.err;
  const std::string page = slurp(folder / "report.html");
  EXPECT_NE(page.find("\"tried\":["), std::string::npos);

  const ProgramResult info = run_saltus({"zoo", "info", zoo, "--json"});
  EXPECT_EQ(nlohmann::json::parse(info.out).at("parameters"), parameters) << info.out;
}

TEST(DeclaredNetwork, AnMlpGoesThroughEveryCommand) {
  goes_through({"architecture.hidden=[7,6]", "architecture.activation=tanh"},
               48 * 7 + 7 + 7 * 6 + 6 + 6 * 5 + 5);
}

TEST(DeclaredNetwork, AConvNetGoesThroughEveryCommand) {
  goes_through({"architecture.channels=[4,6]", "architecture.strides=[2,1]"},
               4 * 9 + 6 * 4 * 9 + 6 * 5 + 5);
}

}  // namespace
}  // namespace saltus::testing
