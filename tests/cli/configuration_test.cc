#include "configuration.h"

#include <gtest/gtest.h>

#include "program.h"

namespace saltus {
namespace {

using testing::TemporaryFolder;

std::string message_of(Part part, const std::string& yaml,
                       const std::vector<std::string>& overrides = {}) {
  Configuration configuration;
  try {
    configuration.read(part, yaml, overrides);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Configuration, OneFileServesAllCommands) {
  const TemporaryFolder folder;
  testing::spill(folder / "a.yaml",
                 "ppo:\n  iterations: 7\ntraining:\n  steps: 11\nevaluation:\n  starts: 13\n");
  Configuration configuration;
  configuration.read(Part::training, folder / "a.yaml", {"training.batch=5"});
  EXPECT_EQ(configuration.training.steps, 11);
  EXPECT_EQ(configuration.training.batch, 5);
  EXPECT_EQ(configuration.evaluation.starts, 13);
}

TEST(Configuration, OverridesBeatTheFile) {
  const TemporaryFolder folder;
  testing::spill(folder / "a.yaml", "training:\n  steps: 11\n");
  Configuration configuration;
  configuration.read(Part::training, folder / "a.yaml", {"training.steps=12"});
  EXPECT_EQ(configuration.training.steps, 12);
}

TEST(Configuration, UnknownKeyInAFileNamesLineAndNearest) {
  const TemporaryFolder folder;
  testing::spill(folder / "a.yaml", "training:\n  steps: 11\n  bacth: 4\n");
  const std::string message = message_of(Part::evaluation, folder / "a.yaml");
  EXPECT_NE(message.find("a.yaml:3"), std::string::npos) << message;
  EXPECT_NE(message.find("training.batch"), std::string::npos) << message;
}

TEST(Configuration, BrokenYamlNamesTheLine) {
  const TemporaryFolder folder;
  testing::spill(folder / "a.yaml", "training:\n  steps: [1, 2\nother: }\n");
  const std::string message = message_of(Part::training, folder / "a.yaml");
  EXPECT_NE(message.find("a.yaml:3"), std::string::npos) << message;
}

TEST(Configuration, KeyOfAnotherCommandIsRefusedOnTheCommandLine) {
  EXPECT_NE(message_of(Part::training, "", {"evaluation.starts=3"}).find("saltus evaluate"),
            std::string::npos);
}

TEST(Configuration, ResolvedYamlReadsBackTheSame) {
  const TemporaryFolder folder;
  for (const Part part : {Part::population, Part::training, Part::evaluation}) {
    Configuration first, second;
    testing::spill(folder / "resolved.yaml", first.options(part).to_yaml());
    second.read(part, folder / "resolved.yaml", {});
    EXPECT_EQ(second.options(part).to_json(), first.options(part).to_json());
  }
}

}  // namespace
}  // namespace saltus
