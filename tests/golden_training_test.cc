// Schedules, the weight average and consecutive training iterations against the reference.
#include "golden.h"
#include "saltus/training/optimizer.h"

namespace saltus::golden {
namespace {

TEST(GoldenSchedules, HaveTheSameLearningRates) {
  const Fixture file("schedules.safetensors");
  struct Setting {
    double base, epochs, warmup;
  };
  const std::map<std::string, Setting> settings = {{"mnist_loss", {4e-4, 2000, 5}},
                                                   {"mnist_error", {4e-4, 2000, 5}},
                                                   {"cartpole", {2e-4, 2000, 10}}};
  for (const auto& [name, s] : settings) {
    std::vector<double> yours;
    for (const double e : file.doubles("lr." + name + ".epoch_position"))
      yours.push_back(warmup_cosine(s.base, e, s.epochs, s.warmup));
    EXPECT_TRUE(
        within_relative(at::tensor(yours, at::kDouble), file.at("lr." + name + ".lr"), 1e-12))
        << name;
  }
}

TEST(GoldenSchedules, AverageTheSame) {
  const Fixture file("schedules.safetensors");
  const at::Tensor weights = file.at("ema.weights"), stored = file.at("ema.ema");
  at::Tensor average = at::zeros_like(weights[0]);
  for (int64_t i = 0; i < weights.size(0); ++i) {
    update_average(average, weights[i], i == 0 ? 0 : 0.9999);
    EXPECT_TRUE(within(average, stored[i], 3e-6)) << "update " << i;
  }
}

class GoldenTrace : public testing::TestWithParam<std::string> {};

TEST_P(GoldenTrace, TrainsTheSame) {
  const Fixture file(GetParam());
  const Json& c = file.config();
  auto denoiser = paper_denoiser(c, file.group("w0."), file.at("buffer.frequencies"));
  EXPECT_EQ(denoiser->sizes().in, file.integers("tokens.in_splits"));
  EXPECT_EQ(denoiser->sizes().out, file.integers("tokens.out_splits"));
  AdamW adam(*denoiser,
             {.beta1 = c.at("betas")[0].get<double>(),
              .beta2 = c.at("betas")[1].get<double>(),
              .epsilon = c.at("eps").get<double>(),
              .weight_decay = c.at("wd").get<double>(),
              .clip = c.at("grad_clip").get<double>(),
              .ema = c.at("ema_decay").get<double>()},
             linear_weights(*denoiser));
  const DiffusionProcess process(linear_betas(), respaced_steps(""));

  // The fixture's flat vectors hold the tensors in the order of their names.
  const Json order = file.header("flat_order");
  std::vector<int64_t> noise_entries;  // places of the key biases, which follow rounding noise
  int64_t flat_size = 0;
  for (const Json& entry : order) {
    const auto name = entry[0].get<std::string>();
    const int64_t size = c10::multiply_integers(entry[1].get<std::vector<int64_t>>());
    if (name.ends_with("key.bias"))
      for (int64_t i = 0; i < size; ++i) noise_entries.push_back(flat_size + i);
    flat_size += size;
  }
  const auto flat = [&](const at::Tensor& buffer) {
    std::vector<at::Tensor> pieces;
    for (const Json& entry : order)
      pieces.push_back(adam.part(buffer, entry[0].get<std::string>()).flatten());
    return at::cat(pieces).clone();
  };
  at::Tensor informative = at::ones({flat_size}, at::kBool);
  informative.index_fill_(0, at::tensor(noise_entries, at::kLong), false);
  const at::Tensor noise_only = ~informative;

  const auto per_epoch = c.at("steps_per_epoch").get<int64_t>();
  const int64_t steps = per_epoch * c.at("epochs").get<int64_t>();
  for (int64_t k = 0; k < steps; ++k) {
    SCOPED_TRACE(fmt::format("step {}", k));
    const auto stored = [&](const std::string& name) {
      return file.at(fmt::format("step{}.{}", k, name));
    };
    const double rate = warmup_cosine(
        c.at("base_lr").get<double>(), static_cast<double>(k) / static_cast<double>(per_epoch),
        c.at("num_ep").get<double>(), c.at("warmup_epochs").get<double>());
    EXPECT_NEAR(rate, stored("lr").item<double>(), 1e-12);

    adam.gradients.zero_();
    const at::Tensor x_t = process.add_noise(stored("x_start"), stored("noise"), stored("t"));
    const at::Tensor predicted = denoiser->predict(
        x_t, stored("x_prev"), {stored("t"), stored("loss_prev"), stored("loss_target")});
    const at::Tensor loss = (stored("x_start") - predicted).square().mean();
    EXPECT_TRUE(within_relative(loss, stored("loss"), 1e-5));
    loss.backward();
    const double limit = k == 0 ? 5e-5 : 2e-4;
    EXPECT_TRUE(within_relative(flat(adam.gradients), stored("grad_flat"), limit));

    const double norm = adam.step(rate);
    EXPECT_NEAR(norm, stored("grad_norm").item<double>(), limit * norm);
    const at::Tensor w = flat(adam.weights), ema = flat(adam.average);
    const at::Tensor w_stored = stored("w_flat"), ema_stored = stored("ema_flat");
    EXPECT_TRUE(within(w.index({informative}), w_stored.index({informative}), 5e-6));
    EXPECT_TRUE(within(w.index({noise_only}), w_stored.index({noise_only}), 1e-4));
    EXPECT_TRUE(within(ema, ema_stored, 5e-6));
    EXPECT_TRUE(within_relative(flat(adam.exp_avg), stored("exp_avg_flat"), 1e-4));
    // No limit of its own: the square of the gradients, so twice theirs.
    EXPECT_TRUE(within_relative(flat(adam.exp_avg_sq), stored("exp_avg_sq_flat"), 2 * limit));
  }
}

INSTANTIATE_TEST_SUITE_P(, GoldenTrace, testing::ValuesIn(files("train_trace")), test_name);

}  // namespace
}  // namespace saltus::golden
