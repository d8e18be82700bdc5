// Model files of the reference against their contents and the output of their weights.
#include "golden.h"
#include "saltus/generator/official_checkpoint.h"

namespace saltus::golden {
namespace {

// The .pt files of the folder.
std::vector<std::string> model_files() {
  std::vector<std::string> names;
  if (std::filesystem::is_directory(folder()))
    for (const auto& entry : std::filesystem::directory_iterator(folder()))
      if (entry.path().extension() == ".pt") names.push_back(entry.path().filename());
  if (names.empty()) names.push_back("missing.pt");
  std::ranges::sort(names);
  return names;
}

class GoldenCheckpoint : public testing::TestWithParam<std::string> {
 protected:
  GoldenCheckpoint()
      : expected_("official_checkpoint_expected.safetensors"), model_(folder() / GetParam()) {}
  Fixture expected_;
  OfficialCheckpoint model_;
};

TEST_P(GoldenCheckpoint, HoldsTheSameWeights) {
  for (const std::string which : {"G", "G_ema"}) {
    const StateDict state = model_.state_dict(which);
    EXPECT_EQ(state.size(), expected_.group(which + ".").size());
    for (const auto& [name, value] : state)
      EXPECT_TRUE(same(value, expected_.at(which + "." + name))) << which << "." << name;
    EXPECT_EQ(state.back().first, "scalar_embedder.frequencies");
  }
}

TEST_P(GoldenCheckpoint, HoldsTheSameOptimiser) {
  ASSERT_TRUE(model_.has_optimiser());
  EXPECT_EQ(model_.learning_rate(), expected_.number("optim.lr"));
  const Json order = expected_.header("optim_order");
  const std::vector<OfficialMoments> moments = model_.moments();
  ASSERT_EQ(moments.size(), order.size());
  for (size_t i = 0; i < moments.size(); ++i) {
    const auto name = order[i].get<std::string>();
    EXPECT_EQ(moments[i].step, static_cast<int64_t>(expected_.number("optim.step")));
    EXPECT_TRUE(same(moments[i].exp_avg, expected_.at("exp_avg." + name))) << name;
    EXPECT_TRUE(same(moments[i].exp_avg_sq, expected_.at("exp_avg_sq." + name))) << name;
  }
}

TEST_P(GoldenCheckpoint, PredictsTheSame) {
  const torch::NoGradGuard no_gradient;
  const Json& c = expected_.config();
  PaperConfig config;
  config.tokens = {c.at("split_policy").get<std::string>(), c.at("chunk_size").get<int64_t>()};
  config.transformer.heads = c.at("n_head").get<int64_t>();
  config.max_frequency_log2 = c.at("max_freq_log2").get<int64_t>();
  const auto denoiser =
      denoiser_from_state_dict(model_.state_dict("G_ema"), config, parameter_sizes(c));
  const at::Tensor yours = denoiser->predict(
      expected_.at("fwd.x"), expected_.at("fwd.x_prev"),
      {expected_.at("fwd.t"), expected_.at("fwd.loss_prev"), expected_.at("fwd.loss_target")});
  EXPECT_TRUE(within_relative(yours, expected_.at("fwd.out_with_G_ema"), 1e-5));

  const auto raw = denoiser_from_state_dict(model_.state_dict("G"), config, parameter_sizes(c));
  const at::Tensor other = raw->predict(
      expected_.at("fwd.x"), expected_.at("fwd.x_prev"),
      {expected_.at("fwd.t"), expected_.at("fwd.loss_prev"), expected_.at("fwd.loss_target")});
  EXPECT_FALSE(within_relative(other, expected_.at("fwd.out_with_G_ema"), 1e-5));
}

INSTANTIATE_TEST_SUITE_P(, GoldenCheckpoint, testing::ValuesIn(model_files()), test_name);

}  // namespace
}  // namespace saltus::golden
