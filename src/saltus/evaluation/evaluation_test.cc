#include "saltus/evaluation/evaluation.h"

#include <gtest/gtest.h>

#include <map>

#include "saltus/evaluation/bench.h"
#include "saltus/evaluation/fake_world_test.h"

namespace saltus {
namespace {

class Evaluation : public fake::World {};

TEST_F(Evaluation, HasEveryDocumentedKey) {
  task.acts_at_random = true;
  const Json results = evaluate(fake::generator(fake::perfect));
  EXPECT_TRUE(results.at("complete").get<bool>());
  for (const char* path : {"/format",
                           "/task",
                           "/metric",
                           "/direction",
                           "/metric_range/1",
                           "/scheme",
                           "/config/evaluation/starts",
                           "/config/evaluation/sampler/method",
                           "/skipped",
                           "/zoo/runs",
                           "/zoo/checkpoints",
                           "/zoo/dropped",
                           "/zoo/hash",
                           "/zoo/runs_by_split/train",
                           "/zoo/best",
                           "/zoo/worst",
                           "/zoo/final/mean",
                           "/zoo/course/0/p50",
                           "/zoo/made_by",
                           "/generator/parameters",
                           "/generator/hash",
                           "/generator/samples_seen",
                           "/generator/seconds",
                           "/generator/metric_low",
                           "/one_update/prompt",
                           "/one_update/mean",
                           "/one_update/std",
                           "/one_update/min",
                           "/one_update/p05",
                           "/one_update/count",
                           "/one_update/share_at_least",
                           "/one_update/values/7",
                           "/one_update/start/mean",
                           "/one_update/deterministic/mean",
                           "/one_update/evaluations",
                           "/one_update/seconds_per_update",
                           "/one_update/seconds_per_update_single",
                           "/alignment/r2",
                           "/alignment/r2_means",
                           "/alignment/r2_reference_form",
                           "/alignment/slope",
                           "/alignment/correlation",
                           "/alignment/worst_gap",
                           "/alignment/tolerance",
                           "/alignment/reachable/1",
                           "/alignment/points/4/p90",
                           "/alignment/rows/1/policy",
                           "/recursion/1/plain/mean",
                           "/recursion/1/keep_if_better/min",
                           "/recursion/0/kept",
                           "/initialisers/xavier/updates/1/mean",
                           "/initialisers/xavier/plain_first/mean",
                           "/initialisers/orthogonal/start/mean",
                           "/diversity/with/same_start/actions",
                           "/diversity/with/same_noise/weights",
                           "/diversity/with/action_rms",
                           "/start_dependence/own/mean",
                           "/start_dependence/other/count",
                           "/novelty/updates/ratio",
                           "/novelty/weights/held_out/min",
                           "/novelty/updates/generated/values",
                           "/novelty/updates/norm/generated",
                           "/novelty/updates/relative/held_out",
                           "/novelty/behaviour/ratio",
                           "/novelty/metric/held_out",
                           "/novelty/own_run",
                           "/novelty/updates/ratio_p10",
                           "/alignment/range",
                           "/conditioned_on",
                           "/scored_on",
                           "/stochastic",
                           "/baselines/lookup/best/mean",
                           "/baselines/lookup/alignment/r2",
                           "/baselines/lookup/cannot/0",
                           "/baselines/mean_network/metric",
                           "/baselines/conditional_mean/alignment/r2",
                           "/baselines/aligned_interpolation/half/mean",
                           "/optimisers/ppo/curve/4/mean",
                           "/optimisers/ppo/steps_to_match",
                           "/optimisers/ppo/seconds_to_match",
                           "/optimisers/ppo/updates_per_match",
                           "/cost/sections/one_update",
                           "/cost/total",
                           "/cost/zoo_seconds",
                           "/cost/generator_seconds",
                           "/environment/torch",
                           "/environment/saltus",
                           "/environment/cpu",
                           "/environment/threads",
                           "/environment/seed"}) {
    EXPECT_TRUE(results.contains(Json::json_pointer(path))) << path;
  }
  EXPECT_EQ(results["start_dependence"]["own"]["count"], 6);
  EXPECT_EQ(results["start_dependence"]["other"]["count"], 6 * 5);
}

TEST_F(Evaluation, APerfectGeneratorIsMeasuredAsPerfect) {
  const Json results = evaluate(fake::generator(fake::perfect));
  const Json& alignment = results["alignment"];
  for (const char* key : {"r2", "r2_means", "r2_reference_form", "slope", "correlation"}) {
    EXPECT_NEAR(alignment[key].get<double>(), 1, 1e-6) << key;
  }
  EXPECT_LT(alignment["worst_gap"].get<double>(), 1e-3);
  EXPECT_EQ(alignment["reachable"][0], alignment["points"][0]["prompt"]);
  EXPECT_EQ(alignment["reachable"][1], alignment["points"][4]["prompt"]);
  const double best = results["zoo"]["best"];
  EXPECT_NEAR(results["one_update"]["mean"].get<double>(), best, 1e-3);
  EXPECT_NEAR(results["one_update"]["std"].get<double>(), 0, 1e-6);
  for (const auto& share : results["one_update"]["share_at_least"]) EXPECT_EQ(share, 1);
  EXPECT_NEAR(results["initialisers"]["xavier"]["updates"][1]["mean"].get<double>(), best, 1e-3);
  // The made-up optimiser passes 480, its fourth point, only at the start of the fifth: 480 < best.
  EXPECT_TRUE(results["optimisers"]["ppo"]["steps_to_match"].is_null());
}

TEST_F(Evaluation, AGeneratorThatIgnoresThePromptHasNoAlignment) {
  const Json results = evaluate(fake::generator(
      [](const at::Tensor& start, const at::Tensor& noise, const at::Tensor& target) {
        return fake::perfect(start, noise, at::full_like(target, 300));
      }));
  EXPECT_LT(results["alignment"]["r2"].get<double>(), 0.1);
  EXPECT_NEAR(results["alignment"]["slope"].get<double>(), 0, 1e-9);
  // From 300 on, which the made-up optimiser passes at 360.
  EXPECT_EQ(results["optimisers"]["ppo"]["steps_to_match"], 30);
  EXPECT_EQ(results["optimisers"]["ppo"]["seconds_to_match"], 1.5);
}

TEST_F(Evaluation, DiversityOfAGeneratorThatIgnoresItsNoiseIsZero) {
  const Json results = evaluate(fake::generator(fake::perfect));
  EXPECT_NEAR(results["diversity"]["with"]["same_start"]["weights"].get<double>(), 0, 1e-6);
  EXPECT_GT(results["diversity"]["with"]["same_noise"]["weights"].get<double>(), 0.5);
  const Json noisy = evaluate(fake::generator([](const at::Tensor& start, const at::Tensor& noise,
                                                 const at::Tensor&) { return start + noise; }));
  // Updates are nothing but noise: apart from the finite number of noises, all of it is spread.
  EXPECT_NEAR(noisy["diversity"]["with"]["same_start"]["weights"].get<double>(),
              std::sqrt(15.0 / 16.0), 0.02);
  EXPECT_NEAR(noisy["diversity"]["with"]["same_noise"]["weights"].get<double>(), 0, 1e-6);
}

TEST_F(Evaluation, SamplersAreCompared) {
  config.samplers = {"ddim 1", "ddpm 3 400"};
  config.sampler_starts = 2;
  const Json rows = evaluate(fake::generator(fake::perfect))["samplers"];
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1]["method"], "ddpm");
  EXPECT_EQ(rows[1]["stop_at"], 400);
  EXPECT_EQ(rows[1]["one_update"]["evaluations"], 3);
  EXPECT_EQ(rows[1]["one_update"]["count"], 2);
  EXPECT_NEAR(rows[1]["alignment"]["r2"].get<double>(), 1, 1e-6);
  EXPECT_TRUE(rows[1]["diversity"].contains("with"));
  for (const char* wrong : {"ddim", "euler 5", "ddim 0", "ddim 5 400 1", "ddim 1001", "ddim x",
                            "ddim 5 -1", "ddim 5 99999999999999999999", "ddim 5 x"}) {
    config.samplers = {wrong};
    EXPECT_THROW(evaluate(fake::generator(fake::perfect)), Error) << wrong;
  }
}

TEST_F(Evaluation, KeepIfBetterRefusesAGeneratorThatMakesThingsWorse) {
  const Json results = evaluate(fake::generator(
      [](const at::Tensor& start, const at::Tensor&, const at::Tensor&) { return start - 0.5; }));
  const Json& entry = results["recursion"][1];
  EXPECT_EQ(entry["kept"], 0);
  EXPECT_EQ(entry["keep_if_better"]["mean"],
            results["initialisers"]["orthogonal"]["start"]["mean"]);
  EXPECT_LT(entry["plain"]["mean"].get<double>(), -90);
}

TEST_F(Evaluation, LookupFindsTheCheckpointNearestToThePrompt) {
  const Json results = evaluate(fake::generator(fake::perfect));
  EXPECT_NEAR(results["baselines"]["lookup"]["best"]["mean"].get<double>(),
              results["zoo"]["best"].get<double>(), 1e-3);
  EXPECT_FALSE(results["baselines"]["lookup"]["depends_on_start"].get<bool>());
}

TEST_F(Evaluation, IsAFunctionOfItsSeedWhateverTheThreads) {
  const Generator generator = fake::generator([](const at::Tensor& start, const at::Tensor& noise,
                                                 const at::Tensor&) { return start + noise; });
  const Json first = evaluate(generator), again = evaluate(generator, fake::job(2));
  EXPECT_EQ(first["one_update"]["values"], again["one_update"]["values"]);
  EXPECT_EQ(first["novelty"], again["novelty"]);
  config.seed += 1;
  EXPECT_NE(first["one_update"]["values"], evaluate(generator)["one_update"]["values"]);
}

TEST_F(Evaluation, StartsAreNotTheZoosWhateverItsSeed) {
  const Generator generator = fake::generator(fake::perfect);
  const EvaluationInputs inputs{.task = task, .zoo = *zoo, .generator = generator};
  const Job job = fake::job();
  config.seed = 1;  // the seed that the zoo's runs start from
  const Bench bench(config, inputs, job);
  const at::Tensor fresh = bench.fresh("orthogonal", 3);
  for (int64_t k = 0; k < 3; ++k) {
    EXPECT_FALSE(at::equal(
        fresh[k], at::tensor(task.fresh_network("orthogonal", 1, static_cast<uint64_t>(k)))));
  }
}

TEST_F(Evaluation, ProgressOfEveryStageEndsAtItsTotal) {
  std::map<std::string, Progress> last;
  Job job = fake::job();
  job.progress = [&](const Progress& p) {
    EXPECT_LE(p.done, p.total) << p.stage;
    last[p.stage] = p;
  };
  evaluate(fake::generator(fake::perfect), job);
  EXPECT_GE(last.size(), 8u);
  for (const auto& [stage, progress] : last) EXPECT_EQ(progress.done, progress.total) << stage;
}

TEST_F(Evaluation, StoppedItReturnsWhatItHas) {
  std::atomic<bool> stop = false;
  Job job = fake::job();
  job.stop = &stop;
  job.progress = [&](const Progress& p) {
    if (p.stage == "alignment") stop = true;
  };
  const Json results = evaluate(fake::generator(fake::perfect), job);
  EXPECT_FALSE(results["complete"].get<bool>());
  EXPECT_TRUE(results.contains("alignment"));
  EXPECT_FALSE(results.contains("recursion"));
}

TEST_F(Evaluation, StopsWhereOptimisersTrain) {
  std::atomic<bool> stop = false;
  Job job = fake::job();
  job.stop = &stop;
  const Generator generator = fake::generator(fake::perfect);
  EvaluationInputs inputs{.task = task, .zoo = *zoo, .generator = generator};
  std::vector<Optimiser::Point> course;
  const auto interrupted = [&](const at::Tensor&, uint64_t, const Job& own) {
    stop = true;
    EXPECT_TRUE(own.stopped());
    return course;
  };
  inputs.optimisers = {{.name = "ppo", .train = interrupted}};
  const Json held_out = evaluate_generator(config, inputs, job);
  EXPECT_FALSE(held_out["complete"].get<bool>());
  EXPECT_TRUE(held_out.contains("start_dependence"));
  EXPECT_FALSE(held_out.contains("novelty"));
  EXPECT_FALSE(held_out["skipped"].contains("optimisers"));

  stop = false;
  course = made_up_training(at::zeros({1, zoo->parameters()}), 1, job);
  inputs.optimisers = {{.name = "sgd", .train = made_up_training},
                       {.name = "adamw", .train = interrupted}};
  const Json tuned = evaluate_generator(config, inputs, job);
  EXPECT_FALSE(tuned["complete"].get<bool>());
  EXPECT_EQ(tuned["optimisers"]["sgd"]["curve"].size(), 5u);
  EXPECT_TRUE(tuned["optimisers"]["tried"].empty());
}

TEST_F(Evaluation, WithoutAnOptimiserTheTestSplitIsHeldOut) {
  const Generator generator = fake::generator(fake::perfect);
  const Json results =
      evaluate_generator(config, {.task = task, .zoo = *zoo, .generator = generator}, fake::job());
  EXPECT_EQ(results["novelty"]["held_out_source"], "test split");
  EXPECT_FALSE(results.contains("optimisers"));
  EXPECT_TRUE(results["skipped"].contains("optimisers"));
}

TEST_F(Evaluation, RefusesAGeneratorOfAnotherTask) {
  try {
    evaluate(fake::generator(fake::perfect, "mnist"));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("generator 'mnist'"), std::string::npos);
  }
}

// Scores on data of its own, on which every network is 1000 better and has a second metric.
class ExaminedTask : public fake::FakeTask {
 public:
  const std::vector<Metric>& metrics() const override { return metrics_; }
  size_t score_of(size_t) const override { return 1; }
  void evaluate(std::span<const float> thetas, const EvaluateOptions& options, const Job& job,
                std::span<float> out) const override {
    std::vector<float> own(out.size() / 3);
    FakeTask::evaluate(thetas, options, job, own);
    for (size_t k = 0; k < own.size(); ++k) {
      out[3 * k] = own[k];
      out[3 * k + 1] = own[k] + 1000;
      out[3 * k + 2] = -own[k];
    }
  }

 private:
  static Metric renamed(const char* name, const char* measured_on) {
    Metric metric = fake::metric();
    metric.name = name;
    metric.measured_on = measured_on;
    return metric;
  }
  std::vector<Metric> metrics_ = {fake::metric(), renamed("test_return", "test"),
                                  renamed("test_cost", "test")};
};

// Remembers the highest metric that any update was conditioned on.
class Listening : public fake::FakeDenoiser {
 public:
  Listening() : FakeDenoiser(fake::perfect) {}
  at::Tensor predict(const at::Tensor& noised, const at::Tensor& start,
                     const Conditions& conditions) override {
    highest = std::max(highest, conditions.start_metric.max().item<double>());
    return FakeDenoiser::predict(noised, start, conditions);
  }
  double highest = -1;
};

TEST_F(Evaluation, ScoresOnDataThatNeverConditions) {
  const ExaminedTask examined;
  const auto listening = std::make_shared<Listening>();
  const Generator under_test(fake::generator(fake::perfect).description(), listening);
  const Json results = evaluate_on(examined, under_test);
  EXPECT_GT(listening->highest, 400);
  EXPECT_LT(listening->highest, 1000);

  const double score = results["one_update"]["mean"].get<double>();
  EXPECT_GT(score, 1400);
  const auto cost = [](const Json& others) { return others["test_cost"]["mean"].get<double>(); };
  EXPECT_EQ(results["one_update"]["others"].size(), 1u);
  EXPECT_NEAR(cost(results["one_update"]["others"]), 1000 - score, 1e-3);
  for (const char* key : {"recursion", "initialisers"}) {
    const bool repeated = std::string(key) == "recursion";
    const Json& second = repeated ? results[key][1] : results[key]["xavier"]["updates"][1];
    const Json& scored = repeated ? second["plain"] : second;
    EXPECT_NEAR(cost(second["others"]), 1000 - scored["mean"].get<double>(), 1e-3) << key;
  }
}

}  // namespace
}  // namespace saltus
