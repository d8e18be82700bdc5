#include "saltus/base/options.h"

#include <gtest/gtest.h>

#include "saltus/base/error.h"
#include "saltus/base/file.h"
#include "tests/support/temporary.h"

namespace saltus {
namespace {

using testing::message_of;
using testing::TemporaryFolder;

struct Fixture {
  int64_t steps = 1000;
  double rate = 1e-3;
  bool ema = true;
  std::string precision = "f32";
  std::string note;
  std::vector<int64_t> sizes = {32, 16};
  std::vector<std::string> schemes = {"xavier"};
  Options options;

  Fixture() {
    options.add("training.steps", steps, "optimiser steps", {1, 1e9});
    options.add("training.rate", rate, "learning rate", {0, 1});
    options.add("training.ema", ema, "average the weights");
    options.choice("training.precision", precision, {"f32", "bf16"}, "arithmetic");
    options.add("note", note, "free text");
    options.add("model.sizes", sizes, "layer sizes", {.low = 1});
    options.add("model.schemes", schemes, "initialisers");
  }
  std::string error_of(std::string_view assignment) {
    return message_of<Error>([&] { options.assign(assignment); });
  }
};

TEST(Options, AssignsEveryType) {
  Fixture f;
  for (const char* text :
       {"training.steps=1e5", "training.rate=0.25", "training.ema=false", "training.precision=bf16",
        "note=a = b", "model.sizes=[8, 4]", "model.schemes=kaiming,normal:0.07"}) {
    f.options.assign(text);
  }
  EXPECT_EQ(f.steps, 100000);
  EXPECT_EQ(f.rate, 0.25);
  EXPECT_FALSE(f.ema);
  EXPECT_EQ(f.precision, "bf16");
  EXPECT_EQ(f.note, "a = b");
  EXPECT_EQ(f.sizes, (std::vector<int64_t>{8, 4}));
  EXPECT_EQ(f.schemes, (std::vector<std::string>{"kaiming", "normal:0.07"}));
  f.options.assign("model.schemes=[\"xavier\", \"normal:0.2\"]");  // as help shows it
  EXPECT_EQ(f.schemes, (std::vector<std::string>{"xavier", "normal:0.2"}));
  f.options.assign("model.sizes=");
  EXPECT_TRUE(f.sizes.empty());
}

TEST(Options, RefusesBadValuesAndKeepsTheOld) {
  Fixture f;
  EXPECT_EQ(f.error_of("training.steps=many"),
            "option training.steps: expected an integer in [1, 1e+09], found 'many'");
  EXPECT_EQ(f.error_of("training.steps=0"),
            "option training.steps: expected an integer in [1, 1e+09], found '0'");
  EXPECT_NE(f.error_of("training.steps=1.5"), "");
  EXPECT_NE(f.error_of("training.rate=nan"), "");
  EXPECT_NE(f.error_of("training.rate=1.5"), "");
  EXPECT_NE(f.error_of("training.rate=0.5x"), "");
  EXPECT_EQ(f.error_of("training.ema=maybe"),
            "option training.ema: expected true or false, found 'maybe'");
  EXPECT_EQ(f.error_of("training.precision=f16"),
            "option training.precision: expected one of f32, bf16, found 'f16'");
  EXPECT_NE(f.error_of("model.sizes=8,0"), "");
  EXPECT_NE(f.error_of("training.steps"), "");
  EXPECT_EQ(f.steps, 1000);
  EXPECT_EQ(f.rate, 1e-3);
  EXPECT_EQ(f.sizes, (std::vector<int64_t>{32, 16}));
}

TEST(Options, SuggestsTheNearestKey) {
  Fixture f;
  EXPECT_EQ(f.error_of("training.stebs=5"),
            "option training.stebs: expected a known key, did you mean training.steps?");
  EXPECT_EQ(f.error_of("precision=bf16"),
            "option precision: expected a known key, did you mean training.precision?");
}

TEST(Options, LoadsYamlAndNamesFileAndLine) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "config.yaml";
  const auto load = [&](std::string_view text) {
    Fixture f;
    write_file(path, text);
    return message_of<Error>([&] { f.options.load_yaml(path); });
  };
  Fixture f;
  write_file(path, "training:\n  steps: 12\n  ema: false\nmodel.sizes: [4, 2]\nnote: ok\n");
  f.options.load_yaml(path);
  EXPECT_EQ(f.steps, 12);
  EXPECT_FALSE(f.ema);
  EXPECT_EQ(f.sizes, (std::vector<int64_t>{4, 2}));

  EXPECT_EQ(load(""), "");
  EXPECT_EQ(load("# a\ntraining:\n  stebs: 5\n"),
            path.string() +
                ":3: option training.stebs: expected a known key, did you mean "
                "training.steps?");
  EXPECT_EQ(load("training:\n  steps: x\n").find(path.string() + ":2: option training.steps: "),
            0u);
  EXPECT_EQ(load("note: a\nnote: b\n"), path.string() + ":2: option note: given twice");
  EXPECT_NE(load("training:\n  steps:\n"), "");
  EXPECT_EQ(load("training:\n  steps: [1\n").find(path.string() + ":"), 0u);
  EXPECT_NE(load("- a\n- b\n"), "");
}

TEST(Options, ToJsonAndLoadJsonAreInverse) {
  Fixture a, b;
  a.options.assign("training.rate=0.1");
  a.options.assign("note=yes");
  b.options.load_json(a.options.to_json());
  EXPECT_EQ(b.options.to_json(), a.options.to_json());
  EXPECT_EQ(b.rate, 0.1);
  EXPECT_THROW(b.options.load_json(Json{{"training", {{"stebs", 1}}}}), Error);
  EXPECT_THROW(b.options.load_json(Json{{"training", {{"steps", true}}}}), Error);
  EXPECT_THROW(b.options.load_json(Json::array()), Error);
}

TEST(Options, ToYamlLoadsBack) {
  const TemporaryFolder folder;
  Fixture a, b;
  for (const char* text : {"note=yes", "training.rate=1e-7", "model.schemes=normal:0.07,xavier"}) {
    a.options.assign(text);
  }
  write_file(folder.path() / "resolved.yaml", a.options.to_yaml());
  b.options.load_yaml(folder.path() / "resolved.yaml");
  EXPECT_EQ(b.options.to_json(), a.options.to_json());
  EXPECT_NE(a.options.to_yaml().find("  steps: 1000  # optimiser steps (an integer in [1, 1e+09])"),
            std::string::npos)
      << a.options.to_yaml();
}

TEST(Options, HelpKeepsDefaultsAndAligns) {
  Fixture f;
  f.options.assign("training.steps=5");
  const std::string help = f.options.help();
  EXPECT_NE(help.find("  training.steps      1000        optimiser steps (an integer in"),
            std::string::npos)
      << help;
}

TEST(NearestName, PicksTheSmallestEditDistance) {
  EXPECT_EQ(nearest_name("kaming", {"xavier", "kaiming", "normal0.1"}), "kaiming");
  EXPECT_EQ(nearest_name("", {"abc", "a"}), "a");
  EXPECT_EQ(nearest_name("x", {}), "");
}

}  // namespace
}  // namespace saltus
