#include "saltus/training/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "saltus/base/error.h"

namespace saltus {
namespace {

struct NetImpl : torch::nn::Module {
  NetImpl() {
    torch::manual_seed(3);
    first = register_module("first", torch::nn::Linear(5, 40));
    norm = register_module("norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({40})));
    last = register_module("last", torch::nn::Linear(40, 3));
  }
  at::Tensor forward(const at::Tensor& x) {
    return last->forward(norm->forward(first->forward(x).tanh()));
  }
  torch::nn::Linear first{nullptr}, last{nullptr};
  torch::nn::LayerNorm norm{nullptr};
};
TORCH_MODULE(Net);

const at::Tensor& inputs() {
  static const at::Tensor x = at::randn({8, 5}, at::make_generator<at::CPUGeneratorImpl>(4));
  return x;
}

void train(Net& net, AdamW& adam, int64_t steps) {
  for (int64_t i = 0; i < steps; ++i) {
    adam.gradients.zero_();
    (net->forward(inputs()) - 1).square().mean().backward();
    adam.step(1e-2);
  }
}

TEST(AdamW, SharesItsBuffersWithTheModule) {
  Net net;
  const at::Tensor before = net->first->weight.detach().clone();
  AdamW adam(*net, {}, linear_weights(*net));
  EXPECT_EQ(adam.names(), (std::vector<std::string>{"first.weight", "last.weight", "first.bias",
                                                    "last.bias", "norm.bias", "norm.weight"}));
  EXPECT_TRUE(at::equal(adam.part(adam.weights, "first.weight"), before));
  adam.weights.zero_();
  EXPECT_EQ(net->norm->weight.abs().max().item<double>(), 0);
  net->forward(inputs()).sum().backward();
  EXPECT_TRUE(at::equal(adam.part(adam.gradients, "last.bias"), net->last->bias.grad()));
  EXPECT_EQ(adam.gradients.data_ptr(), net->first->weight.grad().data_ptr());
}

TEST(AdamW, FollowsItsDefinition) {
  Net net;
  const AdamWConfig config{.weight_decay = 0.3, .clip = 0.05, .ema = 0.9};
  AdamW adam(*net, config, linear_weights(*net));
  at::Tensor w = adam.weights.to(at::kDouble), average = w.clone();
  at::Tensor m = at::zeros_like(w), v = at::zeros_like(w);
  at::Tensor decay = at::zeros_like(w);
  adam.part(decay, "first.weight").fill_(0.3);
  adam.part(decay, "last.weight").fill_(0.3);
  const double rate = 0.02;
  for (int64_t t = 1; t <= 5; ++t) {
    adam.gradients.zero_();
    (net->forward(inputs()) - 1).square().mean().backward();
    at::Tensor g = adam.gradients.to(at::kDouble);
    const double norm = g.norm().item<double>();
    g = g * std::min(1.0, 0.05 / (norm + 1e-6));
    EXPECT_NEAR(adam.step(rate), norm, 1e-5 * norm);

    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    const double t_power = static_cast<double>(t);
    w = w * (1 - rate * decay) - rate * (m / (1 - std::pow(0.9, t_power))) /
                                     ((v / (1 - std::pow(0.999, t_power))).sqrt() + 1e-8);
    average = 0.9 * average + 0.1 * w;
    EXPECT_LT((adam.weights - w).abs().max().item<double>(), 5e-6);
    EXPECT_LT((adam.average - average).abs().max().item<double>(), 5e-6);
  }
}

TEST(AdamW, RepeatsBitForBit) {
  Net a, b;
  AdamW adam_a(*a, {.clip = 0.5}, linear_weights(*a)),
      adam_b(*b, {.clip = 0.5}, linear_weights(*b));
  train(a, adam_a, 20);
  train(b, adam_b, 20);
  EXPECT_TRUE(at::equal(adam_a.weights, adam_b.weights));
  EXPECT_TRUE(at::equal(adam_a.average, adam_b.average));
}

TEST(AdamW, StepsTheSameOnAnyNumberOfThreads) {
  const auto trained = [](Workers* threads) {
    torch::manual_seed(5);
    // Three slices, the last one short and across the decay's end.
    torch::nn::Linear layer(500, 700);
    AdamW adam(*layer, {.clip = 0.1}, linear_weights(*layer));
    for (int64_t i = 0; i < 3; ++i) {
      adam.gradients.copy_(at::arange(adam.gradients.numel()).remainder(97 + i) - 40);
      adam.step(1e-2, -1, threads);
    }
    return at::stack({adam.weights, adam.average, adam.exp_avg_sq});
  };
  Workers threads(3);
  EXPECT_TRUE(at::equal(trained(nullptr), trained(&threads)));
}

TEST(AdamW, SumsGradientsInTheirOrder) {
  // Slices end within tensors, and tensors within slices.
  torch::nn::Sequential net(torch::nn::Linear(300, 500), torch::nn::Linear(500, 2),
                            torch::nn::Linear(2, 90'000));
  AdamW adam(*net, {}, linear_weights(*net));
  at::Generator random = at::make_generator<at::CPUGeneratorImpl>(6);
  std::vector<std::vector<at::Tensor>> summands;
  at::Tensor expected;
  Workers two(2);
  for (size_t s = 0; s < 3; ++s) {
    std::vector<at::Tensor>& own = summands.emplace_back();
    for (const std::string& name : adam.names()) {
      own.push_back(at::randn({adam.part(adam.weights, name).numel()}, random));
    }
    const at::Tensor flat = at::cat(own);
    expected = s == 0 ? flat : expected + flat;
    for (Workers* threads : {static_cast<Workers*>(nullptr), &two}) {
      adam.gradients.fill_(1e9);
      adam.sum_gradients(summands, threads);
      EXPECT_TRUE(at::equal(adam.gradients, expected)) << s;
    }
  }
}

TEST(AdamW, ContinuesBitForBitFromItsBuffers) {
  Net whole, half;
  AdamW adam_whole(*whole, {}, linear_weights(*whole));
  train(whole, adam_whole, 12);

  AdamW adam_half(*half, {}, linear_weights(*half));
  train(half, adam_half, 5);
  Net resumed;
  AdamW adam_resumed(*resumed, {}, linear_weights(*resumed));
  EXPECT_FALSE(at::equal(adam_resumed.weights, adam_half.weights));
  adam_resumed.weights.copy_(adam_half.weights);
  adam_resumed.exp_avg.copy_(adam_half.exp_avg);
  adam_resumed.exp_avg_sq.copy_(adam_half.exp_avg_sq);
  adam_resumed.average.copy_(adam_half.average);
  adam_resumed.steps = adam_half.steps;
  train(resumed, adam_resumed, 7);
  EXPECT_TRUE(at::equal(adam_resumed.weights, adam_whole.weights));
  EXPECT_TRUE(at::equal(adam_resumed.average, adam_whole.average));
}

TEST(AdamW, RefusesOtherTypes) {
  Net net;
  net->to(at::kDouble);
  EXPECT_THROW(AdamW(*net, {}, linear_weights(*net)), Error);
}

TEST(ClipFactor, ShortensOnlyLongGradients) {
  EXPECT_EQ(clip_factor(0.5, 1), 1);
  EXPECT_EQ(clip_factor(5, 0), 1);
  EXPECT_NEAR(clip_factor(2, 1), 0.5, 1e-6);
}

TEST(WarmupCosine, RisesThenFalls) {
  EXPECT_EQ(warmup_cosine(1, 0, 100, 10), 0);
  EXPECT_NEAR(warmup_cosine(1, 5, 100, 10), 0.5 * 0.5 * (1 + std::cos(0.05 * M_PI)), 1e-15);
  EXPECT_NEAR(warmup_cosine(1, 50, 100, 10), 0.5, 1e-15);
  EXPECT_NEAR(warmup_cosine(1, 100, 100, 10), 0, 1e-15);
}

}  // namespace
}  // namespace saltus
