#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "program.h"
#include "saltus/base/safetensors.h"
#include "start_networks.h"
#include "tiny_model.h"

namespace saltus::testing {
namespace {

using Arguments = std::vector<std::string>;

class Update : public ::testing::Test {
 protected:
  void SetUp() override { tiny_model(); }

  // saltus update of the tiny generator into folder_/out.
  ProgramResult update(const Arguments& more) const {
    return run_saltus(Arguments{"update", tiny_generator(), "-o", folder_ / "out"} + more);
  }
  nlohmann::json summary() const {
    return nlohmann::json::parse(slurp(folder_ / "out/update.json"));
  }

  const TemporaryFolder folder_;
};

TEST_F(Update, WritesEverySampleWithItsOrigin) {
  const ProgramResult result = update(
      {"--from", "init:seed=3,count=2", "--prompt", "return=40", "--samples", "3", "--seed", "5"});
  ASSERT_EQ(result.code, 0) << result.err;
  for (const char* start : {"orthogonal-seed3-0", "orthogonal-seed3-1"}) {
    for (const char* sample : {"-0", "-1", "-2"}) {
      const SafetensorsFile file(folder_ / ("out/" + std::string(start) + sample + ".safetensors"));
      EXPECT_EQ(file.tensors().size(), 7u);
      EXPECT_EQ(file.at("actor.0.weight").shape, (std::vector<int64_t>{32, 4}));
      EXPECT_EQ(file.metadata().at("prompt"), "return=40");
      EXPECT_EQ(file.metadata().at("seed"), "5");
      EXPECT_TRUE(file.metadata().at("start_metric").starts_with("return="));
      EXPECT_TRUE(file.metadata().at("parents").starts_with("init:seed=3"));
      EXPECT_NE(result.out.find(start + std::string(sample)), std::string::npos) << result.out;
    }
  }
  EXPECT_TRUE(fs::exists(folder_ / "out/config.yaml"));
  EXPECT_EQ(summary().at("networks").size(), 6u);
}

TEST_F(Update, SameSeedSameBytesAndAnotherSeedOthers) {
  const Arguments start = {"--from", "init:seed=3", "--prompt", "return=40"};
  ASSERT_EQ(update(start).code, 0);
  const auto first = folder_contents(folder_ / "out");
  ASSERT_EQ(update(start).code, 0);
  const std::string name = "orthogonal-seed3-0-0.safetensors";
  EXPECT_EQ(folder_contents(folder_ / "out").at(name), first.at(name));
  ASSERT_EQ(update(start + Arguments{"--seed", "9"}).code, 0);
  EXPECT_NE(folder_contents(folder_ / "out").at(name), first.at(name));
}

TEST_F(Update, OutputServesAsStart) {
  ASSERT_EQ(update({"--from", "init:seed=3", "--prompt", "return=40"}).code, 0);
  const ProgramResult again =
      update({"--from", folder_ / "out/orthogonal-seed3-0-0.safetensors", "--prompt", "return=50",
              "--method", "ddpm", "--evaluations", "4", "--stop-at", "300"});
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_TRUE(fs::exists(folder_ / "out/orthogonal-seed3-0-0-0.safetensors"));
}

TEST_F(Update, KeepBetterNeverGetsWorse) {
  ASSERT_EQ(update({"--from", "init:seed=4,count=4", "--prompt", "return=60", "--repeat", "3",
                    "--keep-better"})
                .code,
            0);
  for (const auto& network : summary().at("networks")) {
    double before = network.at("start_metric").at("return");
    ASSERT_EQ(network.at("after").size(), 3u);
    for (const auto& round : network.at("after")) {
      const double after = round.at("measured").at("return");
      EXPECT_GE(after, before);
      before = after;
    }
  }
}

TEST_F(Update, CriticChoosesAmongCandidates) {
  const ProgramResult result = update({"--from", "init:seed=3", "--prompt", "return=40", "--critic",
                                       tiny_generator(), "--candidates", "5", "--spread", "20"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(summary().at("networks")[0].at("after")[0].contains("predicted"));
}

TEST_F(Update, GivenStartMetricIsNotMeasured) {
  ASSERT_EQ(update({"--from", "init:seed=3", "--prompt", "return=40", "--start", "return=12.5",
                    "--no-measure"})
                .code,
            0);
  EXPECT_EQ(summary().at("networks")[0].at("start_metric").at("return"), 12.5);
  EXPECT_FALSE(summary().at("networks")[0].at("after")[0].contains("measured"));
}

TEST_F(Update, PromptMustBeANumberOfAKnownMetric) {
  const ProgramResult word = update({"--from", "init:seed=3", "--prompt", "return=high"});
  EXPECT_EQ(word.code, 1);
  EXPECT_NE(word.err.find("expected a number, found 'high'"), std::string::npos) << word.err;
  const ProgramResult metric = update({"--from", "init:seed=3", "--prompt", "retrun=40"});
  EXPECT_EQ(metric.code, 1);
  EXPECT_NE(metric.err.find("did you mean return?"), std::string::npos) << metric.err;
}

TEST_F(Update, PromptOutsideTheRangeWarnsAndGoesOn) {
  const ProgramResult result = update({"--from", "init:seed=3", "--prompt", "return=100000"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.err.find("warning: prompt return=100000"), std::string::npos) << result.err;
  EXPECT_TRUE(fs::exists(folder_ / "out/orthogonal-seed3-0-0.safetensors"));
}

TEST_F(Update, StartOfTheWrongShapeNamesTheTensor) {
  const Layout other({{.name = "log_std", .shape = {1}},
                      {.name = "actor.0.weight", .shape = {64, 4}},
                      {.name = "actor.0.bias", .shape = {64}}});
  const std::vector<float> theta(static_cast<size_t>(other.parameters()), 0.1f);
  write_network(folder_ / "policy.safetensors", other, theta, {});
  const ProgramResult result =
      update({"--from", folder_ / "policy.safetensors", "--prompt", "return=40"});
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.err.find("actor.0.weight: expected shape [32, 4], found [64, 4]"),
            std::string::npos)
      << result.err;
  EXPECT_NE(result.err.find("missing tensor actor.2.weight"), std::string::npos) << result.err;
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

TEST_F(Update, DamagedGeneratorIsRefused) {
  const std::string bytes = slurp(tiny_generator() + "/generator.safetensors");
  spill(folder_ / "half.safetensors", bytes.substr(0, bytes.size() / 2));
  const ProgramResult result =
      run_saltus({"update", folder_ / "half.safetensors", "--from", "init:seed=3", "--prompt",
                  "return=40", "-o", folder_ / "out"});
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.err.find("half.safetensors"), std::string::npos) << result.err;
}

// A file system of 64 KiB, gone with the test.
class SmallDisk {
 public:
  explicit SmallDisk(const fs::path& folder) : folder_(folder) {
    fs::create_directories(folder_);
    mounted_ = mount("tmpfs", folder_.c_str(), "tmpfs", 0, "size=64k") == 0;
  }
  ~SmallDisk() {
    if (mounted_) umount(folder_.c_str());
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  bool mounted() const { return mounted_; }

 private:
  fs::path folder_;
  bool mounted_ = false;
};

class FullDisk : public Update {};

TEST_F(FullDisk, FailsClearlyAndLeavesNoHalfFile) {
  const SmallDisk disk(folder_.path() / "out");
  if (!disk.mounted()) GTEST_SKIP() << "mounting a small file system needs root";
  const ProgramResult result =
      update({"--from", "init:seed=3", "--prompt", "return=40", "--samples", "64"});
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.err.find("No space left"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find(folder_ / "out"), std::string::npos) << result.err;
  for (const auto& [name, bytes] : folder_contents(folder_ / "out")) {
    EXPECT_FALSE(name.ends_with(".tmp")) << name;
    EXPECT_EQ(bytes.size(), folder_contents(folder_ / "out").begin()->second.size()) << name;
  }
}

}  // namespace
}  // namespace saltus::testing
