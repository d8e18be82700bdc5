// A world small enough to know the answer: a task whose metric is 100 times the output bias of a
// 3-6-5-1 network, a zoo of made-up runs, and generators whose result is a given function.
#pragma once

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <filesystem>
#include <functional>
#include <memory>

#include "saltus/base/error.h"
#include "saltus/evaluation/evaluation.h"

namespace saltus::fake {

inline std::shared_ptr<const Architecture> architecture() {
  return make_mlp({.sizes = {3, 6, 5, 1}, .layer_names = {"a", "b", "c"}});
}

inline Metric metric() {
  return {.name = "return",
          .maximise = true,
          .measured_on = "simulator",
          .worst = 0,
          .best = 500,
          .resolution = 5};
}

class FakeTask : public Task {
 public:
  bool acts_at_random = false;

  std::string name() const override { return "fake"; }
  bool stochastic() const override { return acts_at_random; }
  const Architecture& architecture() const override { return *architecture_; }
  const std::vector<Metric>& metrics() const override { return metrics_; }
  void evaluate(std::span<const float> thetas, const EvaluateOptions&, const Job&,
                std::span<float> out) const override {
    const size_t parameters = thetas.size() / out.size();
    for (size_t k = 0; k < out.size(); ++k) out[k] = 100 * thetas[(k + 1) * parameters - 1];
  }
  std::vector<float> fresh_network(const std::string& scheme, uint64_t seed,
                                   uint64_t index) const override {
    std::vector<float> theta(static_cast<size_t>(architecture_->layout().parameters()));
    RandomStream random(seed, "fake." + scheme, index);
    random.fill_normal(theta);
    theta.back() = 0.1f * random.uniform();
    return theta;
  }
  Probes probes() const override {
    Probes probes;
    probes.draw = [](int64_t n, RandomStream& random) {
      at::Tensor x = at::empty({n, 3});
      random.fill_normal({x.data_ptr<float>(), static_cast<size_t>(x.numel())});
      return x;
    };
    probes.squash = true;
    return probes;
  }

 private:
  std::shared_ptr<const Architecture> architecture_ = fake::architecture();
  std::vector<Metric> metrics_ = {metric()};
};

// A generator whose updated networks are result(start, noise, target metric [B, 1]), [B, P] each.
using Result = std::function<at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&)>;

class FakeDenoiser : public Denoiser {
 public:
  explicit FakeDenoiser(Result result) : result_(std::move(result)) {
    register_parameter("weight", torch::ones(3));
  }
  int64_t dimension() const override { return architecture()->layout().parameters(); }
  at::Tensor encode(const at::Tensor& target, const at::Tensor& start) const override {
    return target - start;
  }
  at::Tensor decode(const at::Tensor& x0, const at::Tensor& start) const override {
    return start + x0;
  }
  at::Tensor predict(const at::Tensor& noised, const at::Tensor& start,
                     const Conditions& conditions) override {
    return result_(start, noised, conditions.target_metric) - start;
  }

 private:
  Result result_;
};

inline Generator generator(Result result, const std::string& task = "fake") {
  GeneratorDescription description;
  description.task = task;
  description.architecture = architecture();
  description.metrics = {metric()};
  description.metric_low = {0};
  description.metric_high = {500};
  description.made_by = {{"seconds", 12.5}, {"samples_seen", 640}};
  return Generator(std::move(description), std::make_shared<FakeDenoiser>(std::move(result)));
}

// Reaches exactly what was asked, from wherever it starts.
inline at::Tensor perfect(const at::Tensor& start, const at::Tensor&, const at::Tensor& target) {
  const int64_t width = start.size(1) - 1;
  return at::cat({start.narrow(1, 0, width) * 1.5, target / 100}, 1);
}

inline Job job(int threads = 1) {
  Job job;
  job.threads = threads;
  return job;
}

// Runs that end at metrics around 480, in four checkpoints.
class World : public ::testing::Test {
 protected:
  static constexpr int64_t kRuns = 120, kCheckpoints = 4;
  FakeTask task;
  std::unique_ptr<Zoo> zoo;
  std::filesystem::path folder;
  EvaluationConfig config;

  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder = std::filesystem::path(::testing::TempDir()) / (std::string("saltus-") + test->name());
    std::filesystem::remove_all(folder);
    ZooDescription description;
    description.task = "fake";
    description.architecture = task.architecture().to_json();
    description.layout = task.architecture().layout();
    description.symmetry = task.architecture().symmetry();
    description.metrics = task.metrics();
    description.checkpoints = kCheckpoints;
    description.made_by = {{"seconds", 3}};
    ZooWriter writer(folder, description, kRuns, 40);
    for (int64_t id = 0; id < kRuns; ++id) writer.append(made_up_run(task, id));
    writer.finish();
    zoo = std::make_unique<Zoo>(folder);
    config.scheme = "orthogonal";
    config.schemes = {"orthogonal", "xavier"};
    config.starts = 8;
    config.episodes = 64;
    config.updates = 2;
    config.prompts = 5;
    config.alignment_starts = 4;
    config.crossed_starts = 6;
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  static saltus::Run made_up_run(const FakeTask& task, int64_t id) {
    saltus::Run run;
    run.id = id;
    std::vector<float> theta = task.fresh_network("orthogonal", 1, static_cast<uint64_t>(id));
    RandomStream random(7, "fake.run", static_cast<uint64_t>(id));
    for (int64_t c = 0; c < kCheckpoints; ++c) {
      if (c > 0) {
        for (float& weight : theta) weight += 0.3f * random.normal();
        theta.back() = 1.6f * static_cast<float>(c) + 0.02f * random.normal();
      }
      run.parameters.insert(run.parameters.end(), theta.begin(), theta.end());
      run.metrics.push_back(100 * theta.back());
      run.iteration.push_back(10 * c);
    }
    return run;
  }

  // Reaches 120 more with every point, at half a second each.
  static std::vector<Optimiser::Point> made_up_training(const at::Tensor& starts, uint64_t seed,
                                                        const Job&) {
    std::vector<Optimiser::Point> curve;
    RandomStream random(seed, "fake.train");
    for (int64_t i = 0; i < 5; ++i) {
      at::Tensor noise = at::empty_like(starts);
      random.fill_normal({noise.data_ptr<float>(), static_cast<size_t>(noise.numel())});
      at::Tensor now = starts + 0.3 * noise;
      now.select(1, now.size(1) - 1).fill_(1.2 * static_cast<double>(i));
      curve.push_back({.iteration = 10 * i, .seconds = 0.5 * static_cast<double>(i), .theta = now});
    }
    return curve;
  }

  Json evaluate(const Generator& under_test, const Job& job = fake::job()) const {
    return evaluate_on(task, under_test, job);
  }
  Json evaluate_on(const Task& measured_by, const Generator& under_test,
                   const Job& job = fake::job()) const {
    EvaluationInputs inputs{.task = measured_by, .zoo = *zoo, .generator = under_test};
    inputs.optimisers = {{.name = "ppo", .train = made_up_training}};
    return evaluate_generator(config, inputs, job);
  }
};

}  // namespace saltus::fake
