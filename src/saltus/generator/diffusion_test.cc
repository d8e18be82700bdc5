#include "saltus/generator/diffusion.h"

#include <gtest/gtest.h>

#include <cmath>

#include "saltus/base/error.h"

namespace saltus {
namespace {

TEST(RespacedSteps, FollowTheNames) {
  EXPECT_EQ(respaced_steps("").size(), 1000u);
  EXPECT_EQ(respaced_steps("4", 10), (std::vector<int64_t>{0, 3, 6, 9}));
  EXPECT_EQ(respaced_steps("ddim5", 10), (std::vector<int64_t>{0, 2, 4, 6, 8}));
  EXPECT_EQ(respaced_steps("1"), (std::vector<int64_t>{999}));
}

TEST(RespacedSteps, RefuseWhatTheyCannotKeep) {
  for (const char* spec : {"0", "1001", "ddim", "ddim7x", "ten", "-3", "ddim999"})
    EXPECT_THROW(respaced_steps(spec), Error) << spec;
}

TEST(EvenlySpacedSteps, RoundHalfToEven) {
  EXPECT_EQ(evenly_spaced_steps(0, 5, 3), (std::vector<int64_t>{0, 2, 5}));
  EXPECT_EQ(evenly_spaced_steps(400, 999, 1), (std::vector<int64_t>{999}));
  EXPECT_THROW(evenly_spaced_steps(5, 6, 3), Error);
}

TEST(DiffusionProcess, KeepsTheMarginalsOfTheOriginal) {
  const std::vector<double> betas = linear_betas();
  const DiffusionProcess full(betas, respaced_steps("")), few(betas, {7, 300, 640});
  for (size_t j = 0; j < 3; ++j)
    EXPECT_NEAR(few.alphas_cumprod[j],
                full.alphas_cumprod[static_cast<size_t>(few.timestep_map[j])], 1e-14);
}

TEST(DiffusionProcess, HasFiniteArraysForOneStep) {
  const DiffusionProcess one(linear_betas(), {999});
  EXPECT_EQ(one.posterior_mean_coef1[0], 1);
  EXPECT_EQ(one.posterior_mean_coef2[0], 0);
}

TEST(DiffusionProcess, RefusesStepsOutOfOrder) {
  EXPECT_THROW(DiffusionProcess(linear_betas(), {}), Error);
  EXPECT_THROW(DiffusionProcess(linear_betas(), {5, 5}), Error);
  EXPECT_THROW(DiffusionProcess(linear_betas(), {0, 1000}), Error);
}

TEST(DiffusionProcess, InvertsItsConversions) {
  const DiffusionProcess full(linear_betas(), respaced_steps(""));
  const auto generator = at::make_generator<at::CPUGeneratorImpl>(3);
  const at::Tensor x0 = at::randn({3, 5}, generator, at::kDouble);
  const at::Tensor noise = at::randn({3, 5}, generator, at::kDouble);
  const at::Tensor step = at::tensor({10, 400, 990}, at::kLong);
  const at::Tensor x_t = full.add_noise(x0, noise, step);
  EXPECT_TRUE(at::allclose(full.noise_from_x0(x_t, x0, step), noise, 1e-9, 1e-9));
  EXPECT_TRUE(at::allclose(full.x0_from_noise(x_t, noise, step), x0, 1e-9, 1e-9));
}

}  // namespace
}  // namespace saltus
