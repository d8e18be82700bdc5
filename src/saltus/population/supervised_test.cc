#include "saltus/population/supervised.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "saltus/base/error.h"
#include "saltus/population/population.h"

namespace saltus {
namespace {

TEST(Supervised, TheRateFallsByEpochsAfterALinearRise) {
  SupervisedConfig config;
  config.warmup = 0;
  EXPECT_EQ(config.steps_per_epoch(1000), 7);
  for (const int64_t epoch : {0, 1, 12, 24}) {
    const double rate = 0.05 * (1 + std::cos(std::numbers::pi * static_cast<double>(epoch) / 25));
    EXPECT_DOUBLE_EQ(config.learning_rate_at(7 * epoch, 7), rate);
    EXPECT_DOUBLE_EQ(config.learning_rate_at(7 * epoch + 6, 7), rate);
  }
  config.schedule = "step";
  EXPECT_DOUBLE_EQ(config.learning_rate_at(35, 14), 0.05 * (1 + std::cos(std::numbers::pi / 10)));
  config.schedule = "epoch";
  config.warmup = 4;
  EXPECT_DOUBLE_EQ(config.learning_rate_at(0, 7), 0.025);
  EXPECT_DOUBLE_EQ(config.learning_rate_at(2, 7), 0.075);
  EXPECT_DOUBLE_EQ(config.learning_rate_at(3, 7), 0.1);
}

TEST(Supervised, KeptIterationsAscendFromStartToEnd) {
  for (const char* spacing : {"log", "random"}) {
    for (const auto& [last, count] :
         {std::pair<int64_t, int64_t>{10725, 64}, {63, 64}, {64, 64}, {1, 2}, {1000, 700}}) {
      const std::vector<int64_t> kept = spaced_iterations(spacing, last, count, 3);
      ASSERT_EQ(kept.size(), static_cast<size_t>(count)) << spacing << " " << last;
      EXPECT_EQ(kept.front(), 0);
      EXPECT_EQ(kept.back(), last);
      EXPECT_NO_THROW(check_iterations(kept, last, "kept"));
    }
  }
  EXPECT_NE(spaced_iterations("random", 1000, 20, 3), spaced_iterations("random", 1000, 20, 4));
  // Half of them in the first hundredth.
  EXPECT_LT(spaced_iterations("log", 10000, 65, 0)[32], 100);
}

TEST(Supervised, IterationsThatCannotBeKeptAreNamed) {
  const auto message = [](const std::vector<int64_t>& kept) -> std::string {
    try {
      check_iterations(kept, 9, "kept");
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_EQ(message({0, 9}), "no error");
  EXPECT_NE(message({0, 4, 4}).find("found 4 at place 3"), std::string::npos);
  EXPECT_NE(message({0, 10}).find("last iteration 9, found 10"), std::string::npos);
  EXPECT_NE(message({}).find("at least one"), std::string::npos);
}

// Zoos are continued only by the configuration they were begun with, so these keys stay.
TEST(Supervised, ACartPoleZooRecordsWhatItAlwaysDid) {
  PopulationConfig config;
  config.initialisers = {"xavier"};
  Json json = config.to_json();
  EXPECT_EQ(json.at("ppo").size(), 19u);
  json.erase("ppo");
  EXPECT_EQ(json.dump(), R"({"population":{"task":"cartpole","runs":1100,"first_run":0,"seed":0,)"
                         R"("initialisers":["xavier"],"checkpoints":48,"checkpoint_iterations":[],)"
                         R"("episodes":64,"runs_per_shard":50}})");
}

TEST(Supervised, AZooRecordsTheKeysOfItsOwnTask) {
  PopulationConfig config;
  EXPECT_TRUE(config.to_json().contains("ppo"));
  EXPECT_FALSE(config.to_json().contains("supervised"));
  EXPECT_TRUE(config.to_json().at("population").contains("episodes"));
  config.task.task = "mnist";
  EXPECT_FALSE(config.to_json().contains("ppo"));
  EXPECT_FALSE(config.to_json().at("population").contains("episodes"));
  EXPECT_EQ(config.to_json().at("supervised").at("epochs"), 25);

  // What it records can be read back by all keys.
  PopulationConfig read;
  Options options;
  read.declare(options);
  Json changed = config.to_json();
  changed["supervised"]["epochs"] = 3;
  changed["population"]["task"] = "cartpole";
  options.load_json(changed);
  EXPECT_EQ(read.supervised.epochs, 3);
}

TEST(Supervised, DecayMustNotTurnParametersOver) {
  SupervisedConfig config;
  config.validate();
  config.optimizer = "adamw";
  config.weight_decay = 10;
  EXPECT_THROW(config.validate(), Error);
}

}  // namespace
}  // namespace saltus
