// zoo merge, info, diversity, subset and verify; commands on zoos that are not what they should be.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "program.h"
#include "tiny_model.h"

namespace saltus::testing {
namespace {

// A copy of the tiny zoo in which `change` edits zoo.json.
std::string forged_zoo(const TemporaryFolder& folder,
                       const std::function<void(nlohmann::ordered_json&)>& change) {
  const std::string zoo = folder / "zoo";
  tiny_model();
  fs::copy(tiny_zoo(), zoo, fs::copy_options::recursive);
  auto index = nlohmann::ordered_json::parse(slurp(zoo + "/zoo.json"));
  change(index);
  spill(zoo + "/zoo.json", index.dump(2));
  return zoo;
}

TEST(ZooCommand, InfoTellsTextAndJson) {
  tiny_model();
  const ProgramResult text = run_saltus({"zoo", "info", tiny_zoo()});
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_NE(text.out.find("cartpole"), std::string::npos) << text.out;
  const ProgramResult json = run_saltus({"zoo", "info", tiny_zoo(), "--json"});
  EXPECT_EQ(json.code, 0) << json.err;
  EXPECT_TRUE(nlohmann::json::parse(json.out).is_object());
}

TEST(ZooCommand, DiversityComparesRuns) {
  tiny_model();
  const ProgramResult text = run_saltus({"zoo", "diversity", tiny_zoo()});
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_NE(text.out.find("matched"), std::string::npos) << text.out;
  const ProgramResult json = run_saltus({"zoo", "diversity", tiny_zoo(), "--json", "--runs", "4"});
  EXPECT_EQ(json.code, 0) << json.err;
  EXPECT_EQ(nlohmann::json::parse(json.out).at("runs"), 4);
}

TEST(ZooCommand, SubsetIsAZooOfItsOwn) {
  tiny_model();
  const TemporaryFolder folder;
  const std::string few = folder / "few";
  const ProgramResult made = run_saltus({"zoo", "subset", tiny_zoo(), "-o", few, "--runs", "20"});
  EXPECT_EQ(made.code, 0) << made.err;
  const ProgramResult json = run_saltus({"zoo", "info", few, "--json"});
  EXPECT_EQ(json.code, 0) << json.err;
  const auto summary = nlohmann::json::parse(json.out);
  EXPECT_EQ(summary.at("runs").get<int>() + summary.at("dropped").get<int>(), 20);
  EXPECT_TRUE(fs::exists(few + "/build.json"));
  EXPECT_TRUE(fs::exists(few + "/README.md"));
  const ProgramResult many =
      run_saltus({"zoo", "subset", tiny_zoo(), "-o", folder / "many", "--runs", "1000000"});
  EXPECT_EQ(many.code, 1);
  EXPECT_NE(many.err.find("expected 1 to"), std::string::npos) << many.err;
}

TEST(ZooCommand, MergedShardsAreTheWholeZoo) {
  tiny_model();
  const TemporaryFolder folder;
  std::vector<std::string> merge = {"zoo", "merge"};
  for (const char* shard : {"2/2", "1/2"}) {
    merge.push_back(folder / std::string(shard, 1));
    const ProgramResult built =
        run_saltus(std::vector<std::string>{"zoo", "build", "-o", merge.back(), "--shard", shard} +
                   tiny_zoo_options());
    ASSERT_EQ(built.code, 0) << built.err;
  }
  const std::string merged = folder / "merged";
  const ProgramResult result = run_saltus(merge + std::vector<std::string>{"-o", merged});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(same_zoo(merged, tiny_zoo()));
  EXPECT_TRUE(fs::exists(merged + "/build.json"));
}

TEST(ZooCommand, ShardsAreNamedClearly) {
  const TemporaryFolder folder;
  for (const char* wrong : {"0/2", "3/2", "2", "1/2x", "/2", "1/"}) {
    const ProgramResult result =
        run_saltus({"zoo", "build", "-o", folder / "zoo", "--shard", wrong});
    EXPECT_EQ(result.code, 2) << wrong;
    EXPECT_NE(result.err.find("expected I/N"), std::string::npos) << result.err;
  }
}

TEST(ZooCommand, VerifyPassesASoundZoo) {
  tiny_model();
  const ProgramResult result = run_saltus({"zoo", "verify", tiny_zoo()});
  EXPECT_EQ(result.code, 0) << result.out << result.err;
  EXPECT_NE(result.out.find("sound"), std::string::npos);
}

TEST(ZooCommand, VerifyFindsOneFlippedBit) {
  const TemporaryFolder folder;
  const std::string zoo = forged_zoo(folder, [](auto&) {});
  std::string shard = slurp(zoo + "/shards/00002.safetensors");
  shard[shard.size() - 1000] ^= 1;
  spill(zoo + "/shards/00002.safetensors", shard);
  const ProgramResult result = run_saltus({"zoo", "verify", zoo});
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.out.find("00002.safetensors"), std::string::npos) << result.out;
  EXPECT_NE(result.err.find("problem"), std::string::npos) << result.err;
}

TEST(ZooCommand, TruncatedShardIsRefusedEverywhere) {
  const TemporaryFolder folder;
  const std::string zoo = forged_zoo(folder, [](auto&) {});
  fs::resize_file(zoo + "/shards/00001.safetensors", 1000);
  using ZooArguments = std::vector<std::string>;
  for (const ZooArguments& command :
       {ZooArguments{"zoo", "info", zoo}, ZooArguments{"zoo", "verify", zoo},
        ZooArguments{"train", "--zoo", zoo, "-o", folder / "generator"}}) {
    const ProgramResult result = run_saltus(command);
    EXPECT_EQ(result.code, 1) << command[1];
    EXPECT_NE((result.out + result.err).find("00001.safetensors"), std::string::npos)
        << command[1] << ": " << result.out << result.err;
  }
}

// Another program's task: there is something to learn, but nothing to measure by.
TEST(Train, ZooOfAnotherProgramsTaskIsLearntFromButNotEvaluated) {
  const TemporaryFolder folder;
  const std::string zoo = forged_zoo(folder, [](auto& index) { index["task"] = "juggling"; });
  const ProgramResult trained = run_saltus(
      {"train", "--zoo", zoo, "-o", folder / "generator", "training.steps=2", "training.batch=4"});
  EXPECT_EQ(trained.code, 0) << trained.err;
  const ProgramResult result =
      run_saltus({"evaluate", folder / "generator", "--zoo", zoo, "-o", folder / "results"});
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.err.find("juggling"), std::string::npos) << result.err;
}

TEST(Evaluate, ZooOfAnotherTaskIsRefused) {
  const TemporaryFolder folder;
  const std::string zoo = forged_zoo(folder, [](auto& index) { index["task"] = "mnist"; });
  const ProgramResult result =
      run_saltus({"evaluate", tiny_generator(), "--zoo", zoo, "-o", folder / "results"});
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.err.find("expected task cartpole"), std::string::npos) << result.err;
}

TEST(Evaluate, WritesResultsThatReportReads) {
  const TemporaryFolder folder;
  tiny_model();
  const ProgramResult evaluated =
      run_saltus({"evaluate", tiny_generator(), "--zoo", tiny_zoo(), "-o", folder / "results",
                  "--critic", tiny_generator(), "evaluation.starts=4",
                  "evaluation.alignment_starts=2", "evaluation.prompts=3", "evaluation.episodes=64",
                  "evaluation.updates=2", "evaluation.schemes=kaiming"});
  ASSERT_EQ(evaluated.code, 0) << evaluated.err;
  const auto results = nlohmann::json::parse(slurp(folder / "results/results.json"));
  EXPECT_EQ(results.at("task"), "cartpole");
  EXPECT_TRUE(results.at("complete").get<bool>());
  EXPECT_TRUE(fs::exists(folder / "results/config.yaml"));
  const ProgramResult reported =
      run_saltus({"report", folder / "results/results.json", "--zoo", tiny_zoo(), "--training",
                  tiny_generator(), "-o", folder / "pages/report.html"});
  ASSERT_EQ(reported.code, 0) << reported.err;
  const std::string page = slurp(folder / "pages/report.html");
  EXPECT_NE(page.find("\"task\":\"cartpole\""), std::string::npos);
  EXPECT_NE(page.find("\"train_loss\":"), std::string::npos);
  EXPECT_NE(page.find("\"0.95\":["), std::string::npos);
}

}  // namespace
}  // namespace saltus::testing
