#include "saltus/training/training.h"

#include <gtest/gtest.h>

#include <atomic>

#include "saltus/base/error.h"
#include "saltus/generator/generator.h"
#include "saltus/network/device.h"
#include "saltus/network/state_dict_network.h"
#include "saltus/training/drifting_zoo_test.h"
#include "saltus/training/identity_probes_test.h"
#include "tests/support/gpu.h"
#include "tests/support/same_bytes.h"
#include "tests/support/temporary.h"

namespace saltus {
namespace {

using testing::drift_direction;
using testing::make_zoo;
using testing::same_bytes;

// The metric counts how far a network has drifted; a fresh network has not.
TrainingInputs test_inputs(const Zoo& zoo) {
  const at::Tensor drift = at::tensor(drift_direction(zoo.parameters()));
  return {.zoo = zoo,
          .probes = identity_probes(),
          .measure =
              [drift](const at::Tensor& theta, uint64_t, const Job&) {
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
  config.spread_loss = 1;
  config.paper.transformer = {.width = 16, .layers = 1, .heads = 2};
  const fs::path whole = fresh_folder("train_whole_" + GetParam()),
                 parts = fresh_folder("train_parts_" + GetParam());
  train(config, zoo, whole);
  train(config, zoo, parts, 1);
  ASSERT_FALSE(fs::exists(parts / "training.json")) << "was to be stopped early";
  EXPECT_FALSE(same_bytes(parts / "generator.safetensors", whole / "generator.safetensors"));
  train(config, zoo, parts, 1);
  train(config, zoo, parts);
  EXPECT_TRUE(same_bytes(parts / "generator.safetensors", whole / "generator.safetensors"));
  EXPECT_TRUE(same_bytes(parts / "best.safetensors", whole / "best.safetensors"));
  EXPECT_TRUE(same_bytes(parts / "critic.safetensors", whole / "critic.safetensors"));

  const std::string lines = read_file(whole / "metrics.jsonl");
  EXPECT_NE(Json::parse(lines.substr(0, lines.find('\n'))).at("validation_spread"), 0);
  config.spread_loss = 0;
  const fs::path without = fresh_folder("train_without_" + GetParam());
  train(config, zoo, without);
  EXPECT_FALSE(same_bytes(without / "generator.safetensors", whole / "generator.safetensors"));
}

INSTANTIATE_TEST_SUITE_P(Presets, BothPresets, ::testing::Values("default", "paper"));

TEST(Training, ALossNeedsRowsOfItsKind) {
  const Zoo zoo(make_zoo("zoo_rows"));
  const auto refusal = [&](const TrainingConfig& config) {
    return testing::message_of<Error>([&] { train(config, zoo, fresh_folder("train_rows")); });
  };
  TrainingConfig config = small_training();
  config.stay_loss = 1;  // and no start is updated beforehand
  EXPECT_NE(refusal(config).find("training.updated_starts"), std::string::npos);
  config.stay_loss = 0;
  config.spread_loss = 1;
  config.batch = 4;
  config.fresh_starts = 0.5;  // of two rows a worker, one: it has nothing to be compared with
  EXPECT_NE(refusal(config).find("training.spread_loss"), std::string::npos);
}

TEST(Training, RoundsToBfloat16WhereTheProcessorDoesAlone) {
  const Zoo zoo(make_zoo("zoo_precision"));
  TrainingConfig config = small_training();
  const fs::path full = fresh_folder("train_f32"), half = fresh_folder("train_bf16");
  train(config, zoo, full);
  config.precision = config.network_precision = "bf16";
  train(config, zoo, half);
  const auto weights = [](const fs::path& folder) {
    return Generator::load(folder / "generator.safetensors").hash();
  };
  const auto recorded = [](const fs::path& folder) {
    return Json::parse(read_file(folder / "training.json")).at("precision");
  };
  const bool rounded = !computes_wider("bf16", at::kCPU);
  EXPECT_EQ(weights(half) != weights(full), rounded);
  EXPECT_EQ(recorded(full), "f32");
  EXPECT_EQ(recorded(half), rounded ? "bf16" : "f32");
}

TEST(Training, StopsWhileStartsAreMeasured) {
  const Zoo zoo(make_zoo("zoo_stop_early"));
  TrainingInputs inputs = test_inputs(zoo);
  std::atomic<bool> stop = false;
  std::vector<std::string> stages;
  const Job job{.threads = 2, .stop = &stop, .progress = [&](const Progress& p) {
                  stages.push_back(p.stage);
                }};
  inputs.measure = [&](const at::Tensor& theta, uint64_t, const Job& own) {
    EXPECT_FALSE(own.stopped());
    stop = true;
    EXPECT_TRUE(own.stopped());
    return at::full({theta.size(0), 1}, NAN);
  };
  inputs.read_metric[zoo.description().metrics[0].name] =
      [](const at::Tensor& theta, RandomStream&) { return theta.sum(1); };
  const fs::path folder = fresh_folder("stopped_early");
  train_generator(small_training(), inputs, folder, job);
  EXPECT_EQ(stages, std::vector<std::string>{"measuring fresh starts"});
  EXPECT_FALSE(fs::exists(folder / "state.safetensors"));
  train(small_training(), zoo, folder);  // nothing is in its way
  EXPECT_TRUE(fs::exists(folder / "training.json"));
}

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
  EXPECT_EQ(last.at("step"), 150);
  EXPECT_EQ(last.at("steps"), 150);
  EXPECT_TRUE(last.contains("sample_return")) << last;
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

// Another program's networks: neither inputs nor function are known, in or out of symmetry.
TEST(Training, LearnsFromWeightsAndMetricsAlone) {
  const Zoo known(make_zoo("zoo_known"));
  const fs::path folder = fresh_folder("zoo_foreign");
  {
    ZooDescription d = known.description();
    d.architecture = make_state_dict_network(d.layout, Symmetry())->to_json();
    d.symmetry = Symmetry();
    ZooWriter writer(folder, d, known.runs(), 16);
    for (int64_t r = 0; r < known.runs(); ++r) writer.append(known.read_run(r));
    writer.finish();
  }
  const Zoo zoo(folder);
  TrainingConfig config = small_training();
  config.steps = 200;
  const fs::path model = fresh_folder("train_foreign");
  train_generator(config, {.zoo = zoo}, model, {.threads = 2});
  const Generator generator = Generator::load(model / "generator.safetensors");
  EXPECT_FALSE(generator.description().architecture->computes());
  EXPECT_EQ(generator.description().config.at("training").at("function_loss"), 0);
  // Towards a higher metric is along the drift.
  at::Tensor start = at::empty({4, zoo.parameters()});
  for (int64_t k = 0; k < 4; ++k) {
    zoo.read(k, 0,
             {start.mutable_data_ptr<float>() + k * zoo.parameters(),
              static_cast<size_t>(zoo.parameters())});
  }
  const at::Tensor updated = generator.update(
      {.theta = start, .start_metric = at::zeros({4, 1}), .prompt = at::full({4, 1}, 400.0f)},
      {.evaluations = 5});
  const at::Tensor drift = at::tensor(drift_direction(zoo.parameters()));
  const at::Tensor moved = at::matmul(updated - start, drift) / (0.1 * drift.square().sum()) * 100;
  EXPECT_GT(moved.min().item<double>(), 100) << moved;
}

}  // namespace
}  // namespace saltus
