#include "saltus/training/training.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>

#include "saltus/base/error.h"
#include "saltus/generator/sampler.h"
#include "saltus/network/return_metric_test.h"
#include "saltus/training/batch.h"
#include "saltus/training/identity_probes_test.h"
#include "saltus/training/loss.h"
#include "tests/support/gpu.h"

namespace saltus {
namespace {

MlpConfig small_actor() {
  return {.sizes = {4, 8, 8, 1},
          .activation = Activation::selu,
          .layer_names = {"fc1", "fc2", "fc3"},
          .log_std = true};
}

// What the test networks drift along.
std::vector<float> drift_direction(int64_t parameters) {
  std::vector<float> drift(static_cast<size_t>(parameters));
  RandomStream(1, "test.drift").fill_normal(drift);
  return drift;
}

// The metric counts how far a network has drifted; a fresh network has not.
TrainingInputs test_inputs(const Zoo& zoo) {
  const at::Tensor drift = at::tensor(drift_direction(zoo.parameters()));
  return {.zoo = zoo,
          .probes = identity_probes(),
          .measure =
              [drift](const at::Tensor& theta, uint64_t) {
                return (at::matmul(theta, drift) / (0.1 * drift.square().sum()) * 100).unsqueeze(1);
              },
          .fresh_network =
              [&zoo](const std::string&, uint64_t seed, uint64_t index) {
                std::vector<float> theta(static_cast<size_t>(zoo.parameters()));
                RandomStream(seed, "test.fresh", index).fill_normal(theta);
                for (float& value : theta) value *= 0.3f;
                return theta;
              }};
}

// Sixty runs that drift from a random start along one common direction, the metric with them.
fs::path make_zoo(const std::string& name) {
  const fs::path folder = fs::path(::testing::TempDir()) / name;
  fs::remove_all(folder);
  const auto architecture = make_mlp(small_actor());
  const int64_t parameters = architecture->layout().parameters(), checkpoints = 5;
  ZooWriter writer(folder,
                   {.task = "test",
                    .architecture = architecture->to_json(),
                    .layout = architecture->layout(),
                    .symmetry = architecture->symmetry(),
                    .metrics = {return_metric()},
                    .checkpoints = checkpoints,
                    .dtype = Dtype::F32,
                    .made_by = Json::object()},
                   60, 16);
  const std::vector<float> drift = drift_direction(parameters);
  for (int64_t id = 0; id < 60; ++id) {
    Run run{.id = id, .parameters = {}, .metrics = {}, .iteration = {}};
    std::vector<float> start(drift.size());
    RandomStream(1, "test.start", static_cast<uint64_t>(id)).fill_normal(start);
    for (int64_t c = 0; c < checkpoints; ++c) {
      for (size_t i = 0; i < drift.size(); ++i) {
        run.parameters.push_back(0.3f * start[i] + 0.1f * static_cast<float>(c) * drift[i]);
      }
      run.metrics.push_back(100.0f * static_cast<float>(c));
      run.iteration.push_back(c);
    }
    writer.append(std::move(run));
  }
  writer.finish();
  return folder;
}

TrainingConfig small_training() {
  TrainingConfig config;
  config.steps = 30;
  config.batch = 8;
  config.warmup = 5;
  config.validate_every = 10;
  config.save_every = 10;
  config.metric_loss = 1;
  config.graph = {.width = 16, .layers = 2, .heads = 2};
  config.fresh_starts = 0.25;
  config.fresh_pool = 16;
  config.critic = {.steps = 50,
                   .batch = 32,
                   .width = 16,
                   .refine_every = 10,
                   .generated = 32,
                   .refine_steps = 10,
                   .inputs = 8};
  return config;
}

// Trains in a folder of its own, stopped after `stop_after` calls of progress when that is > 0.
void train(const TrainingConfig& config, const Zoo& zoo, const fs::path& folder, int stop_after = 0,
           const std::string& device = "cpu") {
  std::atomic<bool> stop{false};
  int calls = 0;
  Job job{.threads = 2, .device = device, .stop = &stop, .progress = [&](const Progress& p) {
            if (p.stage == "training" && ++calls == stop_after) stop = true;
          }};
  train_generator(config, test_inputs(zoo), folder, job);
}

fs::path fresh_folder(const std::string& name) {
  const fs::path folder = fs::path(::testing::TempDir()) / name;
  fs::remove_all(folder);
  return folder;
}

class BothPresets : public ::testing::TestWithParam<std::string> {};

TEST_P(BothPresets, ResumeGivesTheSameBytes) {
  const Zoo zoo(make_zoo("zoo_resume_" + GetParam()));
  TrainingConfig config = small_training();
  config.preset = GetParam();
  config.paper.transformer = {.width = 16, .layers = 1, .heads = 2};
  const fs::path whole = fresh_folder("train_whole_" + GetParam()),
                 parts = fresh_folder("train_parts_" + GetParam());
  train(config, zoo, whole);
  train(config, zoo, parts, 1);
  ASSERT_FALSE(fs::exists(parts / "training.json")) << "was to be stopped early";
  EXPECT_NE(read_file(parts / "generator.safetensors"), read_file(whole / "generator.safetensors"));
  train(config, zoo, parts, 1);
  train(config, zoo, parts);
  EXPECT_EQ(read_file(parts / "generator.safetensors"), read_file(whole / "generator.safetensors"));
  EXPECT_EQ(read_file(parts / "best.safetensors"), read_file(whole / "best.safetensors"));
  EXPECT_EQ(read_file(parts / "critic.safetensors"), read_file(whole / "critic.safetensors"));
}

INSTANTIATE_TEST_SUITE_P(Presets, BothPresets, ::testing::Values("default", "paper"));

TEST(Training, OnAGpuIsThatOfTheCpuUpToRounding) {
  if (!testing::has_gpu()) GTEST_SKIP() << "no GPU";
  const Zoo zoo(make_zoo("zoo_gpu"));
  for (const char* preset : {"default", "paper"}) {
    TrainingConfig config = small_training();
    config.preset = preset;
    config.paper.transformer = {.width = 16, .layers = 1, .heads = 2};
    config.graph.unit_roles = config.graph.standardise_units = true;
    const fs::path on_cpu = fresh_folder("train_cpu"), on_gpu = fresh_folder("train_gpu");
    train(config, zoo, on_cpu);
    train(config, zoo, on_gpu, 1, "cuda");  // stopped and continued
    train(config, zoo, on_gpu, 0, "cuda");
    EXPECT_THROW(train(config, zoo, on_gpu), Error);  // a GPU's, not the CPU's
    const Generator expected = Generator::load(on_cpu / "generator.safetensors");
    Generator found = Generator::load(on_gpu / "generator.safetensors");
    const UpdateRequest request{.theta = at::randn({5, zoo.parameters()}),
                                .start_metric = at::zeros({5, 1}),
                                .prompt = at::full({5, 1}, 300.0f)};
    const at::Tensor by_cpu = found.update(request, {.evaluations = 2});
    found.move_to(device_named("cuda"));
    const at::Tensor by_gpu = found.update(request, {.evaluations = 2});
    EXPECT_TRUE(at::allclose(by_gpu, by_cpu, 1e-3, 1e-3));
    EXPECT_TRUE(at::allclose(by_gpu, expected.update(request, {.evaluations = 2}), 0.1, 0.1));
  }
}

TEST(Training, LearnsACommonDrift) {
  const Zoo zoo(make_zoo("zoo_learns"));
  TrainingConfig config = small_training();
  config.steps = 150;
  config.validate_every = 150;
  const fs::path folder = fresh_folder("train_learns");
  train(config, zoo, folder);
  const Json last = Json::parse(read_file(folder / "metrics.jsonl"));
  EXPECT_LT(last.at("validation_weights").get<double>(),
            0.5);  // 1 is "no change" at whitened scale
}

TEST(Training, NeedsNoWayToMeasure) {
  const Zoo zoo(make_zoo("zoo_unmeasured"));
  const fs::path folder = fresh_folder("train_unmeasured");
  train_generator(small_training(), {.zoo = zoo, .probes = identity_probes()}, folder, {});
  EXPECT_TRUE(fs::exists(folder / "training.json"));
}

TEST(Training, RefusesToResumeAnotherConfiguration) {
  const Zoo zoo(make_zoo("zoo_other"));
  const fs::path folder = fresh_folder("train_other");
  TrainingConfig config = small_training();
  train(config, zoo, folder, 1);
  config.learning_rate *= 2;
  try {
    train(config, zoo, folder);
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("learning_rate"), std::string::npos) << error.what();
  }
}

TEST(Training, RefusesADamagedState) {
  const Zoo zoo(make_zoo("zoo_damaged"));
  const fs::path folder = fresh_folder("train_damaged");
  train(small_training(), zoo, folder, 1);
  const fs::path state = folder / "state.safetensors";
  fs::resize_file(state, fs::file_size(state) - 8);
  EXPECT_THROW(train(small_training(), zoo, folder), Error);
}

TEST(Batch, PermutesStartAndTargetAlike) {
  const Zoo zoo(make_zoo("zoo_permute"));
  const PairSampler pairs(zoo, zoo.runs_of(Split::train), 0, {});
  const Probes probes = identity_probes();
  const auto draw = [&](bool permute) {
    return make_batch({.size = 1, .dimension = 1, .permute = permute}, zoo,
                      {{.run = 3, .start = 0, .target = 4}}, probes, {},
                      *std::make_unique<RandomStream>(1, "test.batch"));
  };
  const Batch plain = draw(false), permuted = draw(true);
  EXPECT_FALSE(plain.start.equal(permuted.start));
  const at::Tensor inputs = at::randn({10, 4});
  const auto architecture = make_mlp(small_actor());
  for (const auto& [a, b] :
       {std::pair(plain.start, permuted.start), std::pair(plain.target, permuted.target)}) {
    EXPECT_TRUE(at::allclose(architecture->respond(a, inputs).output,
                             architecture->respond(b, inputs).output, 1e-4, 1e-5));
  }
  // Alike: the delta keeps its size.
  EXPECT_NEAR((plain.target - plain.start).norm().item<double>(),
              (permuted.target - permuted.start).norm().item<double>(), 1e-4);
}

TEST(Batch, MirrorsHalfOfThePairs) {
  const Zoo zoo(make_zoo("zoo_mirror"));
  Probes probes = identity_probes();
  probes.mirror = -at::ones({zoo.parameters()});
  const std::vector<Pair> pairs(64, {.run = 3, .start = 0, .target = 4});
  RandomStream random(1, "test.batch");
  const Batch batch =
      make_batch({.size = 64, .dimension = 1, .mirror = true}, zoo, pairs, probes, {}, random);
  at::Tensor start = at::empty({zoo.parameters()});
  zoo.read(3, 0, {start.data_ptr<float>(), static_cast<size_t>(start.numel())});
  int64_t mirrored = 0;
  for (int64_t i = 0; i < 64; ++i) {
    const bool flipped = batch.start[i].equal(-start);
    EXPECT_TRUE(flipped || batch.start[i].equal(start));
    mirrored += flipped ? 1 : 0;
  }
  EXPECT_GT(mirrored, 16);
  EXPECT_LT(mirrored, 48);
}

TEST(Batch, StartsOutsideTheZooHaveAPromptAndNoTarget) {
  const Zoo zoo(make_zoo("zoo_fresh"));
  const MeasuredNetworks fresh{at::randn({3, zoo.parameters()}), at::full({3, 1}, 7.0f)};
  const std::vector<Pair> pairs(6, {.run = 3, .start = 0, .target = 4});
  RandomStream random(1, "test.batch");
  const Batch batch = make_batch({.size = 6, .dimension = 1, .unpaired = 2}, zoo, pairs,
                                 identity_probes(), fresh, random);
  ASSERT_EQ(batch.unpaired, 2);
  for (int64_t i = 0; i < 6; ++i) {
    const bool from_pool = (fresh.theta == batch.start[i]).all(1).any().item<bool>();
    EXPECT_EQ(from_pool, i < 2) << i;
    EXPECT_EQ(batch.start_metric[i].item<double>(), i < 2 ? 7 : 0) << i;
    EXPECT_EQ(batch.target_metric[i].item<double>(), 400) << i;
  }
  EXPECT_TRUE((batch.timestep.narrow(0, 0, 2) == 999).all().item<bool>());
}

// A denoiser that predicts what it is told.
class Echo : public Denoiser {
 public:
  explicit Echo(at::Tensor x0) : x0_(std::move(x0)) {}
  int64_t dimension() const override { return x0_.size(1); }
  at::Tensor encode(const at::Tensor& target, const at::Tensor& start) const override {
    return target - start;
  }
  at::Tensor decode(const at::Tensor& x0, const at::Tensor& start) const override {
    return start + x0;
  }
  at::Tensor predict(const at::Tensor&, const at::Tensor&, const Conditions&) override {
    return x0_;
  }

 private:
  at::Tensor x0_;
};

TEST(Batch, HalfOfThePromptsOfSeveralMetricsAreForOneAlone) {
  const Zoo zoo(make_zoo("zoo_two_metrics"));
  RandomStream random(2, "test.batch");
  const std::vector<Pair> pairs(400, {.run = 3, .start = 0, .target = 4});
  const Batch batch = make_batch({.size = 400, .dimension = 1, .metrics = {0, 0}}, zoo, pairs,
                                 identity_probes(), {}, random);
  const at::Tensor left_out = batch.target_metric.isnan();
  EXPECT_FALSE(batch.start_metric.isnan().any().item<bool>());
  EXPECT_EQ(left_out.all(1).sum().item<int64_t>(), 0);
  EXPECT_NEAR(left_out.any(1).sum().item<double>(), 200, 40);
  EXPECT_NEAR(left_out.select(1, 0).sum().item<double>(), 100, 35);
  EXPECT_NEAR(left_out.select(1, 1).sum().item<double>(), 100, 35);
}

TEST(Loss, ComparesPairedRowsAlone) {
  const Zoo zoo(make_zoo("zoo_loss"));
  const auto architecture = make_mlp(small_actor());
  const MeasuredNetworks fresh{at::randn({3, zoo.parameters()}), at::zeros({3, 1})};
  const std::vector<Pair> pairs(4, {.run = 3, .start = 0, .target = 4});
  RandomStream random(1, "test.batch");
  const Batch batch =
      make_batch({.size = 4, .dimension = zoo.parameters(), .probes = 5, .unpaired = 2}, zoo, pairs,
                 identity_probes(), fresh, random);
  at::Tensor x0 = batch.target - batch.start;
  x0.narrow(0, 0, 2) += 100;  // unpaired: no target says this is wrong
  Echo echo(x0);
  const Loss loss = diffusion_loss({.function_loss = 1, .squash = true}, echo, *architecture, {},
                                   batch, at::linspace(0.9999, 0.0001, 1000));
  EXPECT_EQ(loss.weights.item<double>(), 0);
  EXPECT_NEAR(loss.function.item<double>(), 0, 1e-9);
}

// Predicts a mixture of what it is shown, and remembers the last of it.
class Mixer : public Echo {
 public:
  Mixer() : Echo({}) {}
  at::Tensor predict(const at::Tensor& noised, const at::Tensor& start,
                     const Conditions& conditions) override {
    shown = noised.clone();
    from = start.clone();
    from_metric = conditions.start_metric.clone();
    timestep = conditions.timestep.clone();
    return 0.3 * noised + 0.1 * start;
  }
  at::Tensor shown, from, from_metric, timestep;
};

TEST(Loss, FreshStartsComeToTheirTimestepAsAnUpdateWould) {
  const Zoo zoo(make_zoo("zoo_own_work"));
  const auto architecture = make_mlp(small_actor());
  const MeasuredNetworks fresh{at::randn({3, zoo.parameters()}), at::zeros({3, 1})};
  const std::vector<Pair> pairs(3, {.run = 3, .start = 0, .target = 4});
  RandomStream random(1, "test.batch");
  Batch batch = make_batch({.size = 3, .dimension = zoo.parameters(), .unpaired = 2}, zoo, pairs,
                           identity_probes(), fresh, random);
  batch.passed = {999, 500};
  batch.timestep.narrow(0, 0, 2).fill_(100);
  const DiffusionProcess all(linear_betas(), respaced_steps(""));
  const at::Tensor alphas = at::tensor(all.alphas_cumprod, at::kDouble).to(at::kFloat);
  Mixer mixer;
  diffusion_loss({}, mixer, *architecture, {}, batch, alphas);

  const at::Tensor start = batch.start.narrow(0, 0, 2);
  at::Tensor expected;
  sample_ddim(
      DiffusionProcess(linear_betas(), {100, 500, 999}),
      [&](const at::Tensor& x, int64_t t) {
        if (t == 100) expected = x.clone();
        return 0.3 * x + 0.1 * start;
      },
      [&](int64_t) { return batch.noise.narrow(0, 0, 2); }, 0);
  EXPECT_EQ(mixer.timestep[1].item<int64_t>(), 100);
  EXPECT_TRUE(at::allclose(mixer.shown.narrow(0, 0, 2), expected, 1e-4, 1e-5));
}

TEST(Loss, SomeFreshStartsAreUpdatedBeforehand) {
  const Zoo zoo(make_zoo("zoo_updated"));
  const auto architecture = make_mlp(small_actor());
  const MeasuredNetworks fresh{at::randn({3, zoo.parameters()}), at::full({3, 1}, 7.0)};
  const std::vector<Pair> pairs(4, {.run = 3, .start = 0, .target = 4});
  RandomStream random(1, "test.batch");
  const Batch batch =
      make_batch({.size = 4, .dimension = zoo.parameters(), .unpaired = 2, .updated = 1}, zoo,
                 pairs, identity_probes(), fresh, random);
  const PromptedMetric sum = {zoo.description().metrics[0],
                              [](const at::Tensor& theta, RandomStream&) { return theta.sum(1); }};
  Mixer mixer;
  const Loss loss = diffusion_loss({.metric_loss = 1}, mixer, *architecture, {sum}, batch,
                                   at::linspace(0.9999, 0.0001, 1000));
  // decode adds the start to what was predicted from another row's noise.
  const at::Tensor updated = 1.1 * batch.start[0] + 0.3 * batch.noise[3];
  EXPECT_TRUE(at::allclose(mixer.from[0], updated, 1e-5, 1e-6));
  EXPECT_NEAR(mixer.from_metric[0].item<double>(), updated.sum().item<double>(), 1e-4);
  EXPECT_TRUE(at::equal(mixer.from.narrow(0, 1, 3), batch.start.narrow(0, 1, 3)));
  EXPECT_TRUE(at::equal(mixer.from_metric.narrow(0, 1, 3), batch.start_metric.narrow(0, 1, 3)));
  EXPECT_EQ(batch.start_metric[0].item<double>(), 7);  // the batch itself stays
}

TEST(Batch, FreshStartsAreAtAnyStepOfTheirSampler) {
  const Zoo zoo(make_zoo("zoo_any_step"));
  const MeasuredNetworks fresh{at::randn({3, zoo.parameters()}), at::zeros({3, 1})};
  const std::vector<Pair> pairs(2, {.run = 3, .start = 0, .target = 4});
  std::map<int64_t, size_t> passed;
  for (uint64_t i = 0; i < 40; ++i) {
    RandomStream random(i, "test.batch");
    const Batch batch =
        make_batch({.size = 2, .dimension = 1, .unpaired = 1, .sampled = {999, 500, 100}}, zoo,
                   pairs, identity_probes(), fresh, random);
    passed[batch.timestep[0].item<int64_t>()] = batch.passed.size();
  }
  EXPECT_EQ(passed, (std::map<int64_t, size_t>{{999, 0}, {500, 1}, {100, 2}}));
}

}  // namespace
}  // namespace saltus
