// What goes into a generator: scalar embeddings, normalisation, tokens, hidden-unit permutations.
#include "golden.h"
#include "saltus/network/architecture.h"

namespace saltus::golden {
namespace {

TEST(GoldenConditioning, HasTheSameFrequencies) {
  const Fixture file("conditioning.safetensors");
  const Json& c = file.config();
  const at::Tensor yours = embedding_frequencies(c.at("num_frequencies").get<int64_t>(),
                                                 c.at("max_freq_log2").get<int64_t>());
  EXPECT_TRUE(same(yours, file.at("frequencies")));
  EXPECT_FALSE(same(yours, file.at("frequencies_if_computed_in_float64")));
}

TEST(GoldenConditioning, EmbedsTheSame) {
  const Fixture file("conditioning.safetensors");
  ScalarEmbedder embedder(file.config().at("num_frequencies").get<int64_t>(),
                          file.config().at("max_freq_log2").get<int64_t>());
  const auto check = [&](const at::Tensor& scalars, const std::string& name) {
    const at::Tensor yours = embedder->forward(scalars);  // [n, k, 2F + 1]
    const at::Tensor stored = file.at(name).view(yours.sizes());
    EXPECT_TRUE(within(yours, stored, 1e-6)) << name;
    EXPECT_TRUE(same(yours.select(-1, -1), stored.select(-1, -1))) << name;
  };
  check(file.at("t").to(at::kFloat).unsqueeze(1), "t_embedding");

  const at::Tensor start = file.at("metric_prev"), target = file.at("metric_target");
  const at::Tensor no_time = at::zeros({start.size(0)}, at::kLong);
  // The difference of the metrics is formed in their own type: double in training.
  const auto metrics = [&](at::ScalarType type) {
    return PaperDenoiser::scalars({no_time, start.to(type), target.to(type)}).slice(1, 1, 4);
  };
  check(metrics(at::kDouble), "loss_embedding_train_path");
  check(metrics(at::kFloat), "loss_embedding_sampling_path");
  // The relative variant: the difference of the training path alone, or of the sampling path.
  const at::Tensor relative = file.at("loss_embedding_relative_only");
  const bool from_double = static_cast<bool>(
      within(embedder->forward(metrics(at::kDouble).select(1, 0)), relative, 1e-6));
  const bool from_single = static_cast<bool>(
      within(embedder->forward(metrics(at::kFloat).select(1, 0)), relative, 1e-6));
  EXPECT_TRUE(from_double || from_single);
}

TEST(GoldenConditioning, ScalesParametersTheSame) {
  const Fixture file("conditioning.safetensors");
  for (const std::string& dataset : file.branches("norm.")) {
    const auto stored = [&](const std::string& name) {
      return file.at("norm." + dataset + "." + name);
    };
    PaperConfig config;
    config.transformer = {.width = 4, .layers = 1, .heads = 1};
    config.coefficient = stored("coeff").item<double>();
    const PaperDenoiser denoiser(config, {stored("raw").numel()}, 0);
    const at::Tensor scaled = denoiser.encode(stored("raw"), {});
    EXPECT_TRUE(within(scaled, stored("normalized"), 4e-6)) << dataset;
    EXPECT_TRUE(same(denoiser.decode(stored("normalized"), {}), stored("roundtrip"))) << dataset;
    EXPECT_TRUE(same(denoiser.decode(stored("generated"), {}), stored("unnormalized"))) << dataset;
  }
}

TEST(GoldenTokens, AreCutTheSame) {
  const Fixture file("tokens.safetensors");
  const auto scalar_size = file.config().at("scalar_token_size").get<int64_t>();
  // "config" is the published setting of a dataset.
  const std::map<std::string, ChunkTokens> published = {{"mnist", {"chunk_within_layer", 1000}},
                                                        {"cartpole", {"layer_by_layer", 2048}}};
  size_t checked = 0;
  for (const std::string& dataset : file.branches()) {
    const auto parameters = file.integers(dataset + ".parameter_sizes");
    for (const std::string& policy : file.branches(dataset + ".")) {
      if (policy == "parameter_sizes") continue;
      const std::string prefix = dataset + "." + policy;
      ChunkTokens tokens;
      if (policy == "config") {
        if (!published.contains(dataset)) continue;
        tokens = published.at(dataset);
      } else if (const size_t digits = policy.find_first_of("0123456789"); digits < policy.size()) {
        tokens = {policy.substr(0, digits), std::stol(policy.substr(digits))};
      } else {
        tokens = {policy, 1};
      }
      const TokenSizes yours = token_sizes(tokens, parameters, 4, scalar_size);
      EXPECT_EQ(yours.in, file.integers(prefix + ".in_splits")) << prefix;
      EXPECT_EQ(yours.out, file.integers(prefix + ".out_splits")) << prefix;
      ++checked;
    }
  }
  EXPECT_GE(checked, 8u);
}

TEST(GoldenPermutation, GathersTheSameAndKeepsTheFunction) {
  const Fixture file("permutation.safetensors");
  const std::map<std::string, MlpConfig> known = {{"mnist", mnist_mlp()},
                                                  {"cartpole", cartpole_actor()}};
  for (const std::string& dataset : file.branches()) {
    if (!known.contains(dataset)) continue;
    const auto network = make_mlp(known.at(dataset));
    const at::Tensor theta = file.at(dataset + ".theta");
    const at::Tensor inputs = file.at(dataset + ".inputs").flatten(1);
    const auto outputs = [&](const at::Tensor& t) {
      return network->respond(t.unsqueeze(0), inputs).output[0].t();
    };
    EXPECT_TRUE(within(outputs(theta), file.at(dataset + ".outputs_before"), 2e-6)) << dataset;

    for (const Json& seed : file.config().at("seeds")) {
      const std::string prefix = fmt::format("{}.seed{}.", dataset, seed.get<int64_t>());
      std::vector<std::vector<int64_t>> permutations;
      for (size_t g = 0; g < network->symmetry().groups().size(); ++g)
        permutations.push_back(file.integers(prefix + "perm" + std::to_string(g)));
      const at::Tensor index =
          at::tensor(network->symmetry().gather_index(network->layout(), permutations), at::kLong);
      EXPECT_TRUE(same(index, file.at(prefix + "arange_permuted"))) << prefix;
      const at::Tensor permuted = theta.index_select(0, index);
      EXPECT_TRUE(same(permuted, file.at(prefix + "theta_permuted"))) << prefix;
      EXPECT_TRUE(within(outputs(permuted), file.at(prefix + "outputs_after"), 2e-6)) << prefix;
    }
  }
}

}  // namespace
}  // namespace saltus::golden
