#include "tiny_model.h"

#include <gtest/gtest.h>

#include "program.h"
#include "tests/support/same_bytes.h"

namespace saltus::testing {
namespace {

// The fixture of every test that needs a model, and a test in itself: the commands make these.
TEST(TinyModel, BuildAndTrainLeaveWhatTheyPromise) {
  ASSERT_NO_THROW(remake_tiny_model());
  for (const char* file :
       {"zoo/zoo.json", "zoo/config.yaml", "zoo/build.json", "zoo/README.md", "generator/README.md",
        "generator/generator.safetensors", "generator/state.safetensors", "generator/metrics.jsonl",
        "generator/critic.safetensors", "generator/config.yaml"}) {
    EXPECT_TRUE(fs::exists(tiny_model() / file)) << file;
  }
}

TEST(TinyModel, AnotherBuildGivesTheSameBytes) {
  const TemporaryFolder folder;
  const auto command =
      std::vector<std::string>{"zoo", "build", "--threads", "1", "-o", folder / "zoo"};
  ASSERT_EQ(run_saltus(command + tiny_zoo_options()).code, 0);
  tiny_model();
  EXPECT_TRUE(same_zoo(folder / "zoo", tiny_zoo()));
}

TEST(TinyModel, ResolvedConfigurationMakesTheSameModel) {
  const TemporaryFolder folder;
  tiny_model();
  const ProgramResult result = run_saltus({"train", "--zoo", tiny_zoo(), "-o", folder / "generator",
                                           "--config", tiny_generator() + "/config.yaml"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(same_bytes(folder / "generator/generator.safetensors",
                         tiny_generator() + "/generator.safetensors"));
}

}  // namespace
}  // namespace saltus::testing
