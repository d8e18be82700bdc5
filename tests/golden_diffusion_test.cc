// Diffusion arrays, conversions and complete sampling runs against the reference.
#include "golden.h"

namespace saltus::golden {
namespace {

using Array = std::vector<double> DiffusionProcess::*;

const std::map<std::string, Array> kArrays = {
    {"betas", &DiffusionProcess::betas},
    {"alphas_cumprod", &DiffusionProcess::alphas_cumprod},
    {"alphas_cumprod_prev", &DiffusionProcess::alphas_cumprod_prev},
    {"alphas_cumprod_next", &DiffusionProcess::alphas_cumprod_next},
    {"sqrt_alphas_cumprod", &DiffusionProcess::sqrt_alphas_cumprod},
    {"sqrt_one_minus_alphas_cumprod", &DiffusionProcess::sqrt_one_minus_alphas_cumprod},
    {"log_one_minus_alphas_cumprod", &DiffusionProcess::log_one_minus_alphas_cumprod},
    {"sqrt_recip_alphas_cumprod", &DiffusionProcess::sqrt_recip_alphas_cumprod},
    {"sqrt_recipm1_alphas_cumprod", &DiffusionProcess::sqrt_recipm1_alphas_cumprod},
    {"posterior_variance", &DiffusionProcess::posterior_variance},
    {"posterior_log_variance_clipped", &DiffusionProcess::posterior_log_variance_clipped},
    {"posterior_mean_coef1", &DiffusionProcess::posterior_mean_coef1},
    {"posterior_mean_coef2", &DiffusionProcess::posterior_mean_coef2},
    {"sampling_variance", &DiffusionProcess::sampling_variance},
    {"sampling_log_variance", &DiffusionProcess::sampling_log_variance},
};

class GoldenDiffusion : public testing::TestWithParam<std::string> {
 protected:
  GoldenDiffusion() : file_(GetParam()) {}
  int64_t steps() const { return file_.config().at("T").get<int64_t>(); }
  DiffusionProcess process(const std::string& spec) const {
    return DiffusionProcess(linear_betas(steps()), respaced_steps(spec, steps()));
  }
  Fixture file_;
};

TEST_P(GoldenDiffusion, HasTheSameArrays) {
  EXPECT_TRUE(within_relative(at::tensor(linear_betas(steps()), at::kDouble),
                              file_.at("linear_betas_raw"), 1e-11));
  std::map<std::string, std::string> processes{{"full", ""}};
  for (const auto& [name, spec] : file_.config().at("respacings").items())
    processes.emplace(name, spec.get<std::string>());
  for (const auto& [name, spec] : processes) {
    const DiffusionProcess yours = process(spec);
    EXPECT_EQ(yours.timestep_map, file_.integers(name + ".timestep_map"));
    const auto stored = file_.group(name + ".");
    EXPECT_EQ(stored.size(), kArrays.size() + 1) << name;
    for (const auto& [array, member] : kArrays)
      EXPECT_TRUE(within_relative(at::tensor(yours.*member, at::kDouble), stored.at(array), 1e-11))
          << name << "." << array;
  }
}

TEST_P(GoldenDiffusion, ConvertsTheSame) {
  const DiffusionProcess full = process("");
  const at::Tensor x0 = file_.at("q.x_start"), noise = file_.at("q.noise"), t = file_.at("q.t");
  const at::Tensor x_t = full.add_noise(x0, noise, t);
  EXPECT_TRUE(within(x_t, file_.at("q.x_t"), 2e-6));
  EXPECT_TRUE(within(full.posterior_mean(x0, x_t, t), file_.at("q.posterior_mean"), 2e-6));
  for (int64_t b = 0; b < t.size(0); ++b) {
    const auto step = static_cast<size_t>(t[b].item<int64_t>());
    const double variance = file_.at("q.posterior_variance")[b].item<double>();
    const double logarithm = file_.at("q.posterior_log_variance_clipped")[b].item<double>();
    EXPECT_NEAR(full.posterior_variance[step], variance, 1e-7 * variance);
    EXPECT_NEAR(full.posterior_log_variance_clipped[step], logarithm, -1e-7 * logarithm);
  }

  // Near both ends the conversions amplify rounding.
  const at::Tensor epsilon = full.noise_from_x0(x_t, x0, t), stored = file_.at("q.eps_from_xstart");
  const auto early = t.lt(2), late = t.gt(steps() - 3);
  EXPECT_TRUE(within(epsilon.index({~early}), stored.index({~early}), 5e-6));
  EXPECT_TRUE(within(epsilon.index({early}), stored.index({early}), 2e-4));
  const at::Tensor start = full.x0_from_noise(x_t, noise, t), kept = file_.at("q.xstart_from_eps");
  EXPECT_TRUE(within(start.index({~late}), kept.index({~late}), 1e-5));
  EXPECT_TRUE(within(start.index({late}), kept.index({late}), 3e-4));
  EXPECT_TRUE(within(full.prior_bits(x0), file_.at("q.prior_bits_per_dim"), 1e-6));
}

INSTANTIATE_TEST_SUITE_P(, GoldenDiffusion, testing::ValuesIn(files("diffusion_schedule")),
                         test_name);

// Every run of a sampling fixture, at every kept step.
class GoldenSampling : public testing::TestWithParam<std::string> {};

struct Limits {
  double steps, final;
};

Limits limits(const std::string& spec, bool ddim) {
  if (ddim) return spec == "ddim50" ? Limits{2e-4, 2e-4} : Limits{5e-5, 5e-5};
  return spec.empty() ? Limits{5e-5, 1e-5} : Limits{1e-5, 1e-5};
}

TEST_P(GoldenSampling, FollowsTheSameTrajectories) {
  const torch::NoGradGuard no_gradient;
  const Fixture file(GetParam());
  const Fixture model(file.config().at("generator").get<std::string>());
  const auto denoiser = paper_denoiser(model.config(), model.group("w."),
                                       model.at("buffer.scalar_embedder.frequencies"));
  const int64_t steps = file.config().at("T").get<int64_t>();

  for (const Json& run : file.config().at("runs")) {
    const auto name = run[0].get<std::string>();
    const bool ddim = run[1].get<std::string>() == "ddim";
    const auto spec = run[2].get<std::string>();
    SCOPED_TRACE(name);
    const at::Tensor final = file.at(name + ".final");
    const int64_t n = final.size(0), P = final.size(1);
    const auto rows = [&](const std::string& what) { return file.at(what).slice(0, 0, n); };
    const Limits limit = limits(spec, ddim);

    SamplerOptions options;
    if (run[3].contains("clamp")) {
      options.clamp_low = run[3]["clamp"][0].get<double>();
      options.clamp_high = run[3]["clamp"][1].get<double>();
    }
    const auto kept = file.integers(name + ".kept_step_index");
    const auto kept_predictions = file.integers(name + ".kept_pred_index");
    size_t seen = 0, seen_predictions = 0;
    options.on_step = [&](const SamplerStep& step) {
      if (seen < kept.size() && kept[seen] == step.index) {
        const at::Tensor stored = file.at(name + ".x_after")[static_cast<int64_t>(seen++)];
        EXPECT_TRUE(within(step.x, stored, limit.steps)) << "step " << step.index;
      }
      if (seen_predictions < kept_predictions.size() &&
          kept_predictions[seen_predictions] == step.index) {
        const auto place = static_cast<int64_t>(seen_predictions++);
        EXPECT_TRUE(within(step.predicted, file.at(name + ".pred_xstart")[place], limit.steps))
            << "prediction " << step.index;
      }
    };

    const DiffusionProcess process(linear_betas(steps), respaced_steps(spec, steps));
    const DenoiseFunction denoise = [&](const at::Tensor& x, int64_t t) {
      return denoiser->predict(
          x, rows("in.x_prev"),
          {at::full({n}, t, at::kLong), rows("in.loss_prev"), rows("in.loss_target")});
    };
    const NoiseFunction noise = table_noise(file.at("noise_table"), n, P);
    const at::Tensor yours =
        ddim ? sample_ddim(process, denoise, noise, run[3].value("eta", 0.0), options)
             : sample_ddpm(process, denoise, noise, options);
    EXPECT_TRUE(within(yours, final, limit.final));
    EXPECT_EQ(seen, kept.size());
    EXPECT_EQ(seen_predictions, kept_predictions.size());
  }
}

INSTANTIATE_TEST_SUITE_P(, GoldenSampling, testing::ValuesIn(files("sampling_")), test_name);

}  // namespace
}  // namespace saltus::golden
