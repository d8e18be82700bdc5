// An evaluation that was stopped or killed goes on.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "saltus/evaluation/fake_world_test.h"

namespace saltus {
namespace {

class ResumedEvaluation : public fake::World {};

// Wherever it is killed, what was saved there leads to the same results, and nothing is trained
// twice.
TEST_F(ResumedEvaluation, GoesOnFromWhateverWasSaved) {
  const Generator generator = fake::generator(fake::perfect);
  EvaluationInputs inputs{.task = task, .zoo = *zoo, .generator = generator};
  std::map<std::string, int> trained;
  const auto training = [&](const std::string& name, double ahead) {
    return Optimiser{
        .name = name,
        .settings = {{"ahead", ahead}},
        .train = [&trained, name, ahead](const at::Tensor& starts, uint64_t seed, const Job& job) {
          ++trained[name + fmt::format(" {}", ahead)];
          return made_up_training(starts + ahead, seed, job);
        }};
  };
  inputs.optimisers = {training("ppo", 0), training("sgd", 1), training("sgd", 2),
                       training("adamw", 3)};
  config.samplers = {"ddim 1", "ddpm 2"};
  std::vector<Json> saved;
  const auto save = [&](const Json& results) { saved.push_back(results); };
  // All but times.
  const auto measured = [](Json results) {
    results.erase("cost");
    const auto untimed = [](Json& one_update) {
      for (const char* key : {"seconds_per_update", "seconds_per_update_single"}) {
        one_update.erase(key);
      }
    };
    untimed(results["one_update"]);
    for (Json& sampler : results["samplers"]) untimed(sampler["one_update"]);
    for (Json& entry : results["optimisers"]["tried"]) entry.erase("updates_per_match");
    for (const char* name : {"ppo", "tuned"})
      results["optimisers"][name].erase("updates_per_match");
    return results;
  };
  const Json whole = evaluate_generator(config, inputs, fake::job(), {.save = save});
  EXPECT_EQ(trained.size(), 4u);
  // 12 sections, two kinds of starts, two samplers, ppo's training, ppo, three others in turn.
  ASSERT_EQ(saved.size(), 12u + 2 + 2 + 1 + 1 + 3);
  const std::vector<Json> stopped_at = std::move(saved);
  size_t stages = 0;
  for (const Json& earlier : stopped_at) {
    EXPECT_FALSE(earlier["complete"].get<bool>());
    trained.clear();
    std::map<std::string, int> seen;
    Job job = fake::job();
    job.progress = [&](const Progress& p) { ++seen[p.stage]; };
    const Json results = evaluate_generator(config, inputs, job, {.earlier = earlier});
    EXPECT_EQ(measured(results), measured(whole)) << earlier["cost"].dump();
    for (const auto& [name, seconds] : earlier["cost"]["sections"].items()) {
      EXPECT_GE(results["cost"]["sections"][name].get<double>(), seconds.get<double>()) << name;
    }
    for (const Json& entry : earlier.value("/optimisers/tried"_json_pointer, Json::array())) {
      EXPECT_EQ(trained.count(fmt::format("{} {}", entry["optimiser"].get<std::string>(),
                                          entry["settings"]["ahead"].get<double>())),
                0u);
    }
    stages = seen.size();
  }
  EXPECT_TRUE(trained.empty());
  EXPECT_EQ(stages, 0u) << "the last had everything";
}

TEST_F(ResumedEvaluation, WhatAnotherEvaluationSavedDoesNotCount) {
  const Generator generator = fake::generator(fake::perfect);
  const EvaluationInputs inputs{.task = task, .zoo = *zoo, .generator = generator};
  const Json earlier = evaluate_generator(config, inputs, fake::job());
  std::string differs;
  const auto told = [&](const std::string& key) { differs += key + "\n"; };
  const auto values = [&](const EvaluationInputs& under_test) {
    return evaluate_generator(config, under_test, fake::job(),
                              {.earlier = earlier, .differs = told})
        .at("one_update")
        .at("values");
  };
  EXPECT_EQ(values(inputs), earlier["one_update"]["values"]);
  EXPECT_EQ(differs, "");
  const Generator other = fake::generator([](const at::Tensor& start, const at::Tensor& noise,
                                             const at::Tensor&) { return start + noise; });
  other.denoiser()->parameters().front().set_data(torch::zeros(3));
  EXPECT_NE(values({.task = task, .zoo = *zoo, .generator = other}),
            earlier["one_update"]["values"]);
  EXPECT_EQ(differs, "inputs\n");
  config.starts += 1;
  EXPECT_EQ(values(inputs).size(), earlier["one_update"]["values"].size() + 1);
  EXPECT_EQ(differs, "inputs\nconfig\n");
}

}  // namespace
}  // namespace saltus
