// Kills and Ctrl-C at real moments: nothing is lost and no byte of the result changes.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "program.h"
#include "tests/support/same_bytes.h"
#include "tiny_model.h"

namespace saltus::testing {
namespace {

using Arguments = std::vector<std::string>;

class Interrupt : public ::testing::Test {
 protected:
  void SetUp() override { tiny_model(); }

  Arguments build(const std::string& folder) const {
    return Arguments{"zoo", "build", "-o", folder} + tiny_zoo_options();
  }
  Arguments train(const std::string& folder) const {
    return Arguments{"train", "--zoo", tiny_zoo(), "-o", folder} + tiny_training_options();
  }

  // Starts the command, sends `number` as soon as `file` exists; the exit code.
  static int interrupt(const Arguments& command, const fs::path& file, int number) {
    RunningProgram program(command);
    EXPECT_TRUE(program.wait_until([&] { return fs::exists(file); }))
        << "ended before " << file << " appeared: " << program.wait().err;
    program.signal(number);
    return program.wait().code;
  }

  const TemporaryFolder folder_;
};

constexpr int kKilled = 128 + SIGKILL;

TEST_F(Interrupt, KilledBuildContinuesToTheSameBytes) {
  const std::string zoo = folder_ / "zoo";
  EXPECT_EQ(interrupt(build(zoo), zoo + "/shards/00001.safetensors", SIGKILL), kKilled);
  EXPECT_FALSE(fs::exists(zoo + "/config.yaml")) << "the build had ended";
  ASSERT_EQ(run_saltus(build(zoo)).code, 0);
  EXPECT_TRUE(same_zoo(zoo, tiny_zoo()));
}

TEST_F(Interrupt, CtrlCDuringABuildExitsWith130AndContinues) {
  const std::string zoo = folder_ / "zoo";
  RunningProgram program(build(zoo));
  ASSERT_TRUE(program.wait_until([&] { return fs::exists(zoo + "/shards/00000.safetensors"); }));
  program.signal(SIGINT);
  const ProgramResult stopped = program.wait();
  EXPECT_EQ(stopped.code, 130) << stopped.err;
  EXPECT_NE(stopped.err.find("interrupted"), std::string::npos) << stopped.err;
  ASSERT_EQ(run_saltus(build(zoo)).code, 0);
  EXPECT_TRUE(same_zoo(zoo, tiny_zoo()));
}

TEST_F(Interrupt, KilledTrainingResumesToTheSameBytes) {
  const std::string generator = folder_ / "generator";
  EXPECT_EQ(interrupt(train(generator), generator + "/state.safetensors", SIGKILL), kKilled);
  ASSERT_EQ(run_saltus(train(generator)).code, 0);
  EXPECT_TRUE(same_bytes(generator + "/generator.safetensors",
                         tiny_generator() + "/generator.safetensors"));
}

TEST_F(Interrupt, CtrlCDuringTrainingExitsWith130AndResumes) {
  const std::string generator = folder_ / "generator";
  EXPECT_EQ(interrupt(train(generator), generator + "/state.safetensors", SIGINT), 130);
  EXPECT_FALSE(
      same_bytes(generator + "/generator.safetensors", tiny_generator() + "/generator.safetensors"))
      << "the training had ended";
  ASSERT_EQ(run_saltus(train(generator)).code, 0);
  EXPECT_TRUE(same_bytes(generator + "/generator.safetensors",
                         tiny_generator() + "/generator.safetensors"));
}

TEST_F(Interrupt, CtrlCAndAKillDuringAnEvaluationContinueToTheSameResults) {
  const auto evaluate = [](const std::string& folder) {
    return Arguments{"evaluate",
                     tiny_generator(),
                     "--zoo",
                     tiny_zoo(),
                     "-o",
                     folder,
                     "--threads",
                     "2",
                     "evaluation.starts=16",
                     "evaluation.alignment_starts=8",
                     "evaluation.prompts=4",
                     "evaluation.updates=2",
                     "evaluation.held_out=4"};
  };
  const auto results = [](const std::string& folder) {
    return nlohmann::json::parse(slurp(folder + "/results.json"));
  };
  const std::string whole = folder_ / "whole", folder = folder_ / "results";
  const ProgramResult at_once = run_saltus(evaluate(whole));
  ASSERT_EQ(at_once.code, 0) << at_once.err;
  EXPECT_EQ(interrupt(evaluate(folder), folder + "/results.json", SIGKILL), kKilled);
  EXPECT_FALSE(results(folder).at("complete").get<bool>()) << "the evaluation had ended";
  RunningProgram program(evaluate(folder));
  ASSERT_TRUE(program.wait_until([&] { return results(folder).contains("recursion"); }));
  program.signal(SIGINT);
  const ProgramResult stopped = program.wait();
  EXPECT_EQ(stopped.code, 130) << stopped.err;
  EXPECT_EQ(stopped.err.find("anew"), std::string::npos) << stopped.err;
  const auto partial = results(folder);
  EXPECT_FALSE(partial.at("complete").get<bool>()) << "the evaluation had ended";
  EXPECT_EQ(run_saltus(evaluate(folder)).code, 0);
  const auto expected = results(whole), found = results(folder);
  EXPECT_TRUE(found.at("complete").get<bool>());
  EXPECT_EQ(found.at("recursion"), partial.at("recursion"));
  EXPECT_EQ(found.at("one_update").at("values"), expected.at("one_update").at("values"));
  for (const char* section : {"alignment", "recursion", "initialisers", "novelty", "baselines"}) {
    EXPECT_EQ(found.at(section), expected.at(section)) << section;
  }
  const ProgramResult other = run_saltus(evaluate(folder) + Arguments{"evaluation.starts=4"});
  EXPECT_NE(other.err.find("anew"), std::string::npos) << other.err;
  EXPECT_EQ(results(folder).at("one_update").at("count"), 4);
}

// Enough runs for 32 shards: numbers alone, and a table of their losses.
Arguments import_of_many(const TemporaryFolder& source, const std::string& zoo) {
  constexpr int kRuns = 8000, kCheckpoints = 4, kParameters = 100;
  std::string numbers(size_t{2} * kRuns * kCheckpoints * kParameters, '\0');
  for (size_t i = 0; i < numbers.size(); i += 2) numbers[i] = static_cast<char>(i / 2 % 251);
  spill(source / "numbers.f16", numbers);
  std::string table = "run,iteration,loss\n";
  for (int run = 0; run < kRuns; ++run) {
    for (int c = 0; c < kCheckpoints; ++c) {
      table += fmt::format("{},{},{}\n", run, c, 2.0 / (1 + c) + 1e-4 * run);
    }
  }
  spill(source / "losses.csv", table);
  return {"zoo",
          "import",
          source / "numbers.f16",
          "--shape",
          "8000,4,100",
          "--table",
          source / "losses.csv",
          "-o",
          zoo,
          "--threads",
          "1"};
}

TEST_F(Interrupt, CtrlCAndAKillDuringAnImportContinueToTheSameBytes) {
  const std::string zoo = folder_ / "zoo", whole = folder_ / "whole";
  ASSERT_EQ(run_saltus(import_of_many(folder_, whole)).code, 0);
  const Arguments import = import_of_many(folder_, zoo);
  EXPECT_EQ(interrupt(import, zoo + "/shards/00001.safetensors", SIGINT), 130);
  EXPECT_FALSE(fs::exists(zoo + "/README.md")) << "the import had ended";
  EXPECT_EQ(interrupt(import, zoo + "/shards/00006.safetensors", SIGKILL), kKilled);
  EXPECT_FALSE(fs::exists(zoo + "/README.md")) << "the import had ended";
  ASSERT_EQ(run_saltus(import).code, 0);
  EXPECT_TRUE(same_files(zoo, whole));
}

TEST_F(Interrupt, ContinuingWithOtherOptionsIsRefused) {
  const std::string zoo = folder_ / "zoo";
  interrupt(build(zoo), zoo + "/shards/00000.safetensors", SIGKILL);
  const ProgramResult other = run_saltus(build(zoo) + Arguments{"ppo.iterations=13"});
  EXPECT_EQ(other.code, 1);
  EXPECT_NE(other.err.find(zoo), std::string::npos) << other.err;
}

}  // namespace
}  // namespace saltus::testing
