#include "saltus/generator/sampler.h"

#include <gtest/gtest.h>

#include <cmath>

#include "saltus/base/error.h"

namespace saltus {
namespace {

// Data N(mean, deviation²): the best prediction of x0, and the solution of the probability-flow
// equation, are known exactly.
struct Gaussian {
  double mean = 0.7, deviation = 0.35;
  DiffusionProcess full{linear_betas(), respaced_steps("")};

  double bar(int64_t t) const { return full.alphas_cumprod[static_cast<size_t>(t)]; }
  double spread(int64_t t) const {  // standard deviation of x_t
    return std::sqrt(bar(t) * deviation * deviation + 1 - bar(t));
  }
  at::Tensor predict(const at::Tensor& x, int64_t t) const {
    const double variance = deviation * deviation;
    return (variance * std::sqrt(bar(t)) * x + mean * (1 - bar(t))) / (spread(t) * spread(t));
  }
  // Where the flow takes x from timestep `from` to timestep `to`.
  at::Tensor flow(const at::Tensor& x, int64_t from, int64_t to) const {
    return std::sqrt(bar(to)) * mean +
           spread(to) / spread(from) * (x - std::sqrt(bar(from)) * mean);
  }
};

at::Tensor noise_of(int64_t k) {
  return at::randn({1, 64}, at::make_generator<at::CPUGeneratorImpl>(static_cast<uint64_t>(k) + 1),
                   at::kDouble);
}

// Largest distance from the exact flow at timestep 99, for a sampler of n steps from 999.
template <typename Sampler>
double flow_error(int64_t n, const Sampler& sampler) {
  const Gaussian data;
  const DiffusionProcess process(linear_betas(), evenly_spaced_steps(99, 999, n + 1));
  double error = -1;
  SamplerOptions options;
  options.on_step = [&](const SamplerStep& step) {
    if (step.index == n - 1)  // the step that arrives at 99
      error = (step.x - data.flow(noise_of(0), 999, 99)).abs().max().item<double>();
  };
  sampler(
      process, [&](const at::Tensor& x, int64_t t) { return data.predict(x, t); }, options);
  return error;
}

TEST(SampleDpm, ConvergesToTheFlowWithSecondOrder) {
  const auto error = [](int64_t n) {
    return flow_error(n, [](const auto& process, const auto& denoise, const auto& options) {
      sample_dpm(process, denoise, noise_of, options);
    });
  };
  const double coarse = error(45), middle = error(90), fine = error(180);
  EXPECT_LT(fine, 2e-3);
  EXPECT_NEAR(std::log2(coarse / middle), 2, 0.35);
  EXPECT_NEAR(std::log2(middle / fine), 2, 0.25);
}

TEST(SampleDdim, ConvergesToTheFlowWithFirstOrder) {
  const auto error = [](int64_t n) {
    return flow_error(n, [](const auto& process, const auto& denoise, const auto& options) {
      sample_ddim(process, denoise, noise_of, 0, options);
    });
  };
  const double coarse = error(90), middle = error(180), fine = error(450);
  EXPECT_NEAR(std::log2(coarse / middle), 1, 0.2);
  EXPECT_LT(fine, middle);
  EXPECT_LT(fine, 2e-2);
}

TEST(SampleDdpm, DrawsFromTheData) {
  const Gaussian data;
  const at::Tensor x = sample_ddpm(
      data.full, [&](const at::Tensor& y, int64_t t) { return data.predict(y, t); },
      [](int64_t k) {
        return at::randn({1, 4000},
                         at::make_generator<at::CPUGeneratorImpl>(static_cast<uint64_t>(k) + 1),
                         at::kDouble);
      });
  EXPECT_NEAR(x.mean().item<double>(), data.mean, 0.02);
  EXPECT_NEAR(x.std().item<double>(), data.deviation, 0.02);
}

class AnySampler : public testing::TestWithParam<std::string> {};

TEST_P(AnySampler, VisitsTheStepsAndReturnsTheLastPrediction) {
  const Gaussian data;
  for (const int64_t n : {1, 2, 5}) {
    SamplerConfig config{.method = GetParam(), .evaluations = n, .eta = 0.5, .stop_at = 400};
    std::vector<int64_t> visited;
    at::Tensor last;
    const at::Tensor x = sample(
        config,
        [&](const at::Tensor& y, int64_t t) {
          visited.push_back(t);
          return last = data.predict(y, t);
        },
        noise_of);
    EXPECT_EQ(visited, sampling_steps(config));
    EXPECT_EQ(visited.size(), static_cast<size_t>(n));
    EXPECT_EQ(visited.front(), 999);
    EXPECT_EQ(visited.back(), n == 1 ? 999 : 400);
    EXPECT_LT((x - last).abs().max().item<double>(), 1e-12);
  }
}

TEST_P(AnySampler, TreatsEveryRowAlike) {
  const Gaussian data;
  const SamplerConfig config{.method = GetParam(), .evaluations = 6, .eta = 1};
  const auto run = [&](int64_t rows) {
    return sample(
        config, [&](const at::Tensor& y, int64_t t) { return data.predict(y, t); },
        [&](int64_t k) {
          return noise_of(k).view({4, 16}).slice(0, 0, rows);
        });
  };
  EXPECT_TRUE(at::equal(run(4).slice(0, 0, 1), run(1)));
}

INSTANTIATE_TEST_SUITE_P(, AnySampler, testing::Values("ddpm", "ddim", "dpm"));

TEST(SamplingSteps, AreEvenFromTheTopToTheStop) {
  EXPECT_EQ(sampling_steps({.evaluations = 4}), (std::vector<int64_t>{999, 666, 333, 0}));
  EXPECT_EQ(sampling_steps({.evaluations = 3, .stop_at = 700}),
            (std::vector<int64_t>{999, 850, 700}));
  EXPECT_THROW(sampling_steps({.evaluations = 5, .stop_at = 997}), Error);
}

TEST(Sample, RefusesAnUnknownMethod) {
  EXPECT_THROW(sample(
                   {.method = "heun"}, [](const at::Tensor& x, int64_t) { return x; }, noise_of),
               Error);
}

TEST(SamplerOptions, ClampThePrediction) {
  SamplerOptions options{.clamp_low = -0.1, .clamp_high = 0.2, .on_step = {}};
  const at::Tensor x = sample_ddpm(
      DiffusionProcess(linear_betas(), {999}), [](const at::Tensor& y, int64_t) { return y; },
      noise_of, options);
  EXPECT_EQ(x.min().item<double>(), -0.1);
  EXPECT_EQ(x.max().item<double>(), 0.2);
}

}  // namespace
}  // namespace saltus
