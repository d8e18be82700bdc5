// One training iteration of a small paper generator against the reference: tokens, embeddings,
// activations, output, loss, every gradient, clipping, AdamW and EMA.
#include "golden.h"
#include "saltus/training/optimizer.h"

namespace saltus::golden {
namespace {

class GoldenGenerator : public testing::TestWithParam<std::string> {
 protected:
  GoldenGenerator()
      : file_(GetParam()),
        denoiser_(paper_denoiser(file_.config(), file_.group("w."),
                                 file_.at("buffer.scalar_embedder.frequencies"))),
        process_(linear_betas(), respaced_steps("")) {}

  Conditions conditions() const {
    return {file_.at("in.t"), file_.at("in.loss_prev"), file_.at("in.loss_target")};
  }
  at::Tensor noised() const {
    return process_.add_noise(file_.at("in.x_start"), file_.at("in.noise"), file_.at("in.t"));
  }
  at::Tensor loss_per_sample() {
    const at::Tensor predicted = denoiser_->predict(noised(), file_.at("in.x_prev"), conditions());
    return (file_.at("in.x_start") - predicted).square().mean(1);
  }
  AdamWConfig optimiser_config() const {
    const Json& c = file_.config();
    return {.beta1 = c.at("beta1").get<double>(),
            .beta2 = c.at("beta2").get<double>(),
            .epsilon = c.at("eps").get<double>(),
            .weight_decay = c.at("wd").get<double>(),
            .clip = c.at("grad_clip").get<double>(),
            .ema = c.at("ema_decay").get<double>()};
  }
  double learning_rate() const {
    const Json& c = file_.config();
    return warmup_cosine(c.at("base_lr").get<double>(), c.at("epoch_position").get<double>(),
                         c.at("num_ep").get<double>(), c.at("warmup_epochs").get<double>());
  }
  // The optimiser in the state before the step; its average is 0.9 times the weights.
  AdamW optimiser() {
    AdamW adam(*denoiser_, optimiser_config(), linear_weights(*denoiser_));
    adam.average.copy_(0.9 * adam.weights);
    return adam;
  }
  // A stored tensor after the step and the same elements of ours, whole or thinned.
  struct Pair {
    at::Tensor yours, stored;
  };
  Pair after_step(const std::string& what, const std::string& name, const at::Tensor& yours) const {
    if (file_.has("step." + what + "." + name))
      return {yours.flatten(), file_.at("step." + what + "." + name).flatten()};
    return {yours.flatten().slice(0, 3, c10::nullopt, 29),
            file_.at("step.sampled_" + what + "." + name)};
  }

  Fixture file_;
  std::shared_ptr<PaperDenoiser> denoiser_;
  DiffusionProcess process_;
};

TEST_P(GoldenGenerator, CutsTheSameTokens) {
  EXPECT_EQ(denoiser_->sizes().in, file_.integers("tokens.in_splits"));
  EXPECT_EQ(denoiser_->sizes().out, file_.integers("tokens.out_splits"));
}

TEST_P(GoldenGenerator, EmbedsTheSameScalars) {
  const at::Tensor scalars = PaperDenoiser::scalars(conditions());
  EXPECT_TRUE(same(scalars, file_.at("mid.scalars_f32")));

  ScalarEmbedder embedder(file_.config().at("num_frequencies").get<int64_t>(),
                          file_.config().at("max_freq_log2").get<int64_t>());
  embedder->frequencies.copy_(file_.at("buffer.scalar_embedder.frequencies"));
  const int64_t n = file_.at("in.t").size(0);
  const at::Tensor yours = embedder->forward(scalars);
  const at::Tensor stored = file_.at("mid.scalar_embeddings").view({n, 4, -1});
  EXPECT_TRUE(within(yours, stored, 1e-6));
  EXPECT_TRUE(same(yours.select(-1, -1), stored.select(-1, -1)));
}

TEST_P(GoldenGenerator, ComputesTheSameActivationsOutputAndLoss) {
  const torch::NoGradGuard no_gradient;
  EXPECT_TRUE(within_relative(noised(), file_.at("mid.x_t"), 1e-5));
  size_t seen = 0;
  const at::Tensor predicted = denoiser_->predict_scaled(
      noised(), file_.at("in.x_prev"), conditions(),
      [&](const std::string& name, const at::Tensor& value) {
        EXPECT_TRUE(within_relative(value, file_.at("mid." + name), 1e-5)) << name;
        ++seen;
      });
  EXPECT_EQ(seen, file_.group("mid.after_").size() + file_.group("mid.block").size());
  EXPECT_TRUE(within_relative(predicted, file_.at("out.pred"), 1e-5));
  const at::Tensor losses = loss_per_sample();
  EXPECT_TRUE(within_relative(losses, file_.at("out.mse_per_sample"), 2e-6));
  EXPECT_TRUE(within_relative(losses.mean(), file_.at("out.loss"), 2e-6));
}

TEST_P(GoldenGenerator, ComputesTheSameGradients) {
  AdamW adam = optimiser();
  loss_per_sample().mean().backward();
  for (const auto& [name, stored] : file_.group("grad.")) {
    const at::Tensor yours = adam.part(adam.gradients, name);
    // A shift of all keys cancels in the softmax: this gradient is rounding noise around zero.
    if (name.ends_with("key.bias"))
      EXPECT_TRUE(within(yours, stored, 1e-8)) << name;
    else
      EXPECT_TRUE(within_relative(yours, stored, 5e-5)) << name;
  }
  EXPECT_EQ(file_.group("grad.").size(), adam.names().size());
  EXPECT_TRUE(within_relative(adam.gradients.norm(), file_.at("step.grad_norm"), 1e-5));
}

TEST_P(GoldenGenerator, StepsTheSameFromStoredGradients) {
  AdamW adam = optimiser();
  for (const auto& [name, stored] : file_.group("grad."))
    adam.part(adam.gradients, name).copy_(stored);
  EXPECT_NEAR(learning_rate(), file_.number("step.lr"), 1e-12 * file_.number("step.lr"));
  const double norm = adam.step(learning_rate());
  EXPECT_NEAR(norm, file_.number("step.grad_norm"), 1e-5 * norm);
  EXPECT_NEAR(clip_factor(norm, optimiser_config().clip), file_.number("step.clip_coef"), 1e-5);
  for (const std::string& name : adam.names()) {
    const Pair w = after_step("w", name, adam.part(adam.weights, name));
    EXPECT_TRUE(within(w.yours, w.stored, name.ends_with("key.bias") ? 5e-6 : 2.5e-7)) << name;
    const Pair ema = after_step("ema", name, adam.part(adam.average, name));
    EXPECT_TRUE(within(ema.yours, ema.stored, 5e-7)) << name;
  }
}

TEST_P(GoldenGenerator, StepsTheSameFromItsOwnGradients) {
  AdamW adam = optimiser();
  loss_per_sample().mean().backward();
  adam.step(learning_rate());
  std::vector<at::Tensor> deviations;
  for (const std::string& name : adam.names()) {
    const Pair w = after_step("w", name, adam.part(adam.weights, name));
    const at::Tensor deviation = (w.yours.detach() - w.stored).abs();
    // Adam's first step is nearly lr * sign(g), and a key bias has no gradient but noise.
    EXPECT_LE(deviation.max().item<double>(), 2 * learning_rate()) << name;
    if (!name.ends_with("key.bias")) deviations.push_back(deviation);
  }
  const at::Tensor all = at::cat(deviations);
  EXPECT_GE(all.le(2e-6).to(at::kDouble).mean().item<double>(), 0.995);
}

INSTANTIATE_TEST_SUITE_P(, GoldenGenerator, testing::ValuesIn(files("generator_")), test_name);

}  // namespace
}  // namespace saltus::golden
