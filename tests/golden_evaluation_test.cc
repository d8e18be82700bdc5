// Scores, prompts and the whole one-update evaluation against the reference.
#include "golden.h"
#include "saltus/evaluation/alignment.h"
#include "saltus/evaluation/statistics.h"
#include "saltus/network/architecture.h"

namespace saltus::golden {
namespace {

std::vector<double> values(const at::Tensor& t) {
  const at::Tensor d = t.to(at::kDouble).contiguous();
  return {d.const_data_ptr<double>(), d.const_data_ptr<double>() + d.numel()};
}

at::Tensor tensor_of(const std::vector<double>& v) { return at::tensor(v, at::kDouble); }

TEST(GoldenMetrics, ScoreAlignmentTheSame) {
  const Fixture file("metrics.safetensors");
  const at::Tensor desired = file.at("align.desired");
  const at::Tensor observed = file.at("align.observed_with_base").slice(1, 1);  // 0: the start
  for (int64_t k = 0; k < desired.size(0); ++k)
    EXPECT_NEAR(alignment_r2(values(desired[k]), values(observed[k])),
                file.at("align.per_net_r2")[k].item<double>(), 1e-5);
  EXPECT_NEAR(alignment_score(values(desired), values(observed), desired.size(0)),
              file.number("align.score"), 1e-5);

  const at::Tensor constant = file.at("align_degenerate.desired");
  const at::Tensor found = file.at("align_degenerate.observed_with_base").slice(1, 1);
  const double stored = file.number("align_degenerate.score");
  EXPECT_NEAR(alignment_score(values(constant), values(found), constant.size(0)), stored,
              1e-3 * std::abs(stored));
}

TEST(GoldenMetrics, PlacePromptsTheSame) {
  const Fixture file("metrics.safetensors");
  for (const std::string& task : file.branches("prompts.")) {
    const std::string prefix = "prompts." + task + ".";
    const at::Tensor stored = file.at(prefix + "desired");
    for (int64_t k = 0; k < stored.size(0); ++k) {
      const at::Tensor yours = tensor_of(even_prompts(
          file.number(prefix + "best_prompt"), file.at(prefix + "base_metric")[k].item<double>(),
          file.number(prefix + "start_coeff"), file.number(prefix + "minimize") == 0,
          stored.size(1)));
      const bool close = static_cast<bool>(within(yours, stored[k], 5e-5)) ||
                         static_cast<bool>(within_relative(yours, stored[k], 1e-6));
      EXPECT_TRUE(close) << task << " " << k;
    }
  }
}

TEST(GoldenMetrics, AverageBatchesTheSame) {
  const Fixture file("metrics.safetensors");
  const double loss = mean(file.doubles("meters.batch_loss"));
  EXPECT_NEAR(loss, file.number("meters.test_epoch_loss"), 1e-12 * loss);
  EXPECT_NEAR(loss, file.number("meters.train_epoch_loss"), 1e-12 * loss);
  const double mse = mean(file.doubles("meters.batch_mse"));
  EXPECT_NEAR(mse, file.number("meters.test_epoch_mse"), 1e-12 * mse);
  EXPECT_EQ(std::stod(fmt::format("{:.5f}", loss)), file.number("meters.printed_loss_5dp"));
}

TEST(GoldenMetrics, PickSpreadValuesTheSame) {
  const Fixture file("schedules.safetensors");
  const at::Tensor runs = file.at("spread.losses_min");
  for (int64_t r = 0; r < runs.size(0); ++r) {
    const at::Tensor low = file.at("spread.picked_min")[r], high = file.at("spread.picked_max")[r];
    EXPECT_TRUE(same(tensor_of(spread_values(values(runs[r]), false, low.size(0))), low));
    EXPECT_TRUE(same(tensor_of(spread_values(values(-runs[r]), true, high.size(0))), high));
  }
}

// Start networks -> prompts -> sampling -> raw parameters -> MNIST network -> loss -> score.
class GoldenOneStep : public testing::TestWithParam<std::string> {
 protected:
  GoldenOneStep()
      : file_(GetParam()),
        data_(file_.config().at("images_and_labels").get<std::string>()),
        model_(file_.config().at("generator").get<std::string>()),
        denoiser_(paper_denoiser(model_.config(), model_.group("w."),
                                 model_.at("buffer.scalar_embedder.frequencies"))),
        process_(linear_betas(),
                 respaced_steps(file_.config().at("respacing").get<std::string>())) {}

  // Mean cross-entropy on the fixture's images: [K, P] normalised parameters -> [K] float32.
  at::Tensor losses(const at::Tensor& normalised) const {
    const double coefficient = file_.config().at("coeff").get<double>();
    const at::Tensor pixels = data_.at("mnist.images_u8").flatten(1).to(at::kFloat);
    const at::Tensor inputs = (pixels / 255 - 0.1307) / 0.3081;
    const at::Tensor logits = make_mlp(mnist_mlp())
                                  ->respond(normalised / coefficient, inputs)
                                  .output.transpose(1, 2);  // [K, B, 10]
    std::vector<at::Tensor> out;
    for (int64_t k = 0; k < logits.size(0); ++k)
      out.push_back(at::cross_entropy_loss(logits[k], data_.at("mnist.labels")));
    return at::stack(out);
  }
  // One update of normalised networks [K, P], whose first draw of noise is number `draw`.
  at::Tensor update(const at::Tensor& start, const at::Tensor& start_metric,
                    const at::Tensor& prompt, int64_t draw) {
    const int64_t K = start.size(0), P = start.size(1);
    return sample_ddpm(
        process_,
        [&](const at::Tensor& x, int64_t t) {
          return denoiser_->predict(x, start, {at::full({K}, t, at::kLong), start_metric, prompt});
        },
        table_noise(file_.at("noise_table"), K, P, draw));
  }
  // Every 11th parameter, as the fixture keeps them.
  static at::Tensor thinned(const at::Tensor& x) { return x.slice(1, 0, c10::nullopt, 11); }

  torch::NoGradGuard no_gradient_;
  Fixture file_, data_, model_;
  std::shared_ptr<PaperDenoiser> denoiser_;
  DiffusionProcess process_;
};

TEST_P(GoldenOneStep, FollowsTheSamePrompts) {
  const at::Tensor nets = file_.at("nets_normalized");
  const at::Tensor stored = file_.at("observed_with_base");
  const int64_t K = nets.size(0), prompts = file_.at("desired").size(1);
  const at::Tensor start_metric = losses(nets);
  EXPECT_TRUE(within(start_metric, stored.select(1, 0), 5e-5));

  std::vector<at::Tensor> rows;
  for (int64_t k = 0; k < K; ++k)
    rows.push_back(tensor_of(even_prompts(0, start_metric[k].item<double>(),
                                          file_.config().at("prompt_start_coeff").get<double>(),
                                          false, prompts)));
  const at::Tensor desired = at::stack(rows).to(at::kFloat);
  EXPECT_TRUE(within(desired, file_.at("desired"), 2e-6));

  // Row network * prompts + prompt.
  const auto evolve = [&](const at::Tensor& base) {
    return update(nets.repeat_interleave(prompts, 0), base.repeat_interleave(prompts, 0),
                  desired.flatten(), 0);
  };
  const at::Tensor evolved = evolve(start_metric);
  EXPECT_TRUE(within(thinned(evolved), file_.at("evolved_sampled"), 2e-4));
  // The embedding amplifies the last place of the start metric; with the stored one it is closer.
  EXPECT_TRUE(within(thinned(evolve(stored.select(1, 0))), file_.at("evolved_sampled"), 1e-5));

  const at::Tensor observed = losses(evolved).view({K, prompts});
  EXPECT_TRUE(within(observed, stored.slice(1, 1), 5e-5));
  EXPECT_NEAR(alignment_score(values(desired), values(observed), K), file_.number("score"), 1e-4);
}

TEST_P(GoldenOneStep, RepeatsUpdatesTheSame) {
  at::Tensor nets = file_.at("nets_normalized");
  const at::Tensor prompts = file_.at("recursive.desired"), stored = file_.at("recursive.observed");
  const auto draws = static_cast<int64_t>(process_.timestep_map.size()) + 1;
  at::Tensor metric = losses(nets);
  EXPECT_TRUE(within(metric, stored.select(1, 0), 3e-4));
  for (int64_t i = 0; i < prompts.size(1); ++i) {
    nets = update(nets, metric, prompts.select(1, i).contiguous(), i * draws);
    metric = losses(nets);
    EXPECT_TRUE(within(metric, stored.select(1, i + 1), 3e-4)) << "update " << i;
  }
  EXPECT_TRUE(within(thinned(nets), file_.at("recursive.final_sampled"), 3e-4));
}

INSTANTIATE_TEST_SUITE_P(, GoldenOneStep, testing::ValuesIn(files("one_step_eval")), test_name);

}  // namespace
}  // namespace saltus::golden
