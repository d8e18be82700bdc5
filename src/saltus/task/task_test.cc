#include "saltus/task/task.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <functional>

#include "saltus/base/error.h"
#include "saltus/base/isa.h"

namespace saltus {
namespace {

std::vector<float> some_networks(const Task& task, int64_t count) {
  std::vector<float> thetas;
  for (int64_t k = 0; k < count; ++k) {
    const std::vector<float> theta = task.fresh_network("kaiming", 11, static_cast<uint64_t>(k));
    thetas.insert(thetas.end(), theta.begin(), theta.end());
  }
  return thetas;
}

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Task, UnknownNameGetsTheNearest) {
  EXPECT_NE(message_of([] { make_task("cartpol"); }).find("did you mean \"cartpole\"?"),
            std::string::npos);
}

TEST(CartpoleTask, DescribesTheReferencePolicy) {
  const auto task = make_task("cartpole");
  EXPECT_EQ(task->architecture().layout().parameters(), 1250);
  ASSERT_EQ(task->metrics().size(), 1u);
  EXPECT_EQ(task->metrics()[0].name, "return");
  EXPECT_TRUE(task->metrics()[0].maximise);
  const std::vector<float> theta = task->fresh_network("orthogonal", 1, 2);
  EXPECT_FLOAT_EQ(theta[0], std::log(0.5f));
  EXPECT_EQ(theta, task->fresh_network("orthogonal", 1, 2));
  EXPECT_NE(theta, task->fresh_network("orthogonal", 1, 3));
}

TEST(CartpoleTask, ReturnOfANetworkDependsOnItsPlaceAlone) {
  const auto task = make_task("cartpole");
  const std::vector<float> thetas = some_networks(*task, 9);
  EvaluateOptions options;
  options.seed = 4;
  Job one, three;
  one.threads = 1;
  three.threads = 3;
  std::vector<float> together(9), threaded(9), fewer(4);
  task->evaluate(thetas, options, one, together);
  task->evaluate(thetas, options, three, threaded);
  task->evaluate(std::span(thetas).first(4 * 1250), options, one, fewer);
  EXPECT_EQ(together, threaded);
  EXPECT_TRUE(std::equal(fewer.begin(), fewer.end(), together.begin()));
  options.seed = 5;
  task->evaluate(thetas, options, one, threaded);
  EXPECT_NE(together, threaded);
}

TEST(CartpoleTask, RefusesOddNumbersOfEpisodes) {
  const auto task = make_task("cartpole");
  const std::vector<float> thetas = some_networks(*task, 1);
  EvaluateOptions options;
  options.effort = 100;
  std::vector<float> out(1);
  EXPECT_NE(message_of([&] {
              task->evaluate(thetas, options, {}, out);
            }).find("multiple of 64, found 100"),
            std::string::npos);
  options.effort = 64;
  out.resize(2);
  EXPECT_NE(
      message_of([&] { task->evaluate(thetas, options, {}, out); }).find("expected 2 networks"),
      std::string::npos);
}

TEST(CartpoleTask, ProbesTakeCentralDifferences) {
  const auto task = make_task("cartpole");
  const std::vector<float> theta = task->fresh_network("kaiming", 1, 0);
  const Probes probes = task->probes();
  const at::Tensor network = at::tensor(theta).view({1, 1250});
  const Responses responses = task->architecture().respond(network, probes.fixed);
  ASSERT_EQ(probes.fixed.sizes(), (std::vector<int64_t>{17, 4}));
  ASSERT_EQ(probes.transform.sizes(), (std::vector<int64_t>{17, 17}));
  const at::Tensor y = responses.output.view({17});
  const at::Tensor features = at::mv(probes.transform, y);
  const auto value = [](const at::Tensor& t, int64_t i) { return t[i].item<float>(); };
  EXPECT_FLOAT_EQ(value(features, 0), value(y, 0));
  for (int64_t k = 0; k < 4; ++k) {
    const float c = value(y, 0), p = value(y, 1 + k), m = value(y, 5 + k), p3 = value(y, 9 + k),
                m3 = value(y, 13 + k);
    EXPECT_NEAR(value(features, 1 + k), p - m, 1e-5);
    EXPECT_NEAR(value(features, 5 + k), p + m - 2 * c, 1e-5);
    EXPECT_NEAR(value(features, 9 + k), (p3 - m3) / 2, 1e-5);
    EXPECT_NEAR(value(features, 13 + k), (p3 + m3 - 2 * c) / 2, 1e-5);
  }
  EXPECT_FLOAT_EQ(probes.fixed[11][2].item<float>(), 0.3f);  // +3 * 0.1 on the angle
  EXPECT_FLOAT_EQ(probes.fixed[5][0].item<float>(), -0.3f);  // -0.3 on the position
}

TEST(CartpoleTask, DrawsProbesInSight) {
  const Probes probes = make_task("cartpole")->probes();
  RandomStream random(1, "test");
  const at::Tensor states = probes.draw(4096, random);
  EXPECT_LE(states.abs().max().item<float>(), 5);
  // The scale is log-uniform in exp(-1.6 .. 0.7): mean square (e^1.4 - e^-3.2) / 4.6 = 0.873.
  const at::Tensor mean_square = states.square().mean(0);
  EXPECT_NEAR(mean_square[2].item<float>(), 0.15 * 0.15 * 0.873, 0.002);
  EXPECT_NEAR(mean_square[0].item<float>(), 0.5 * 0.5 * 0.873, 0.03);
}

TEST(Isa, IsChosenByEnvironment) {
  setenv("SALTUS_ISA", "baseline", 1);
  EXPECT_EQ(selected_isa(), Isa::baseline);
  setenv("SALTUS_ISA", "avx51", 1);
  EXPECT_NE(message_of([] { selected_isa(); }).find("did you mean \"avx512\"?"), std::string::npos);
  unsetenv("SALTUS_ISA");
  EXPECT_EQ(selected_isa(), available_isas().back());
}

// -π(-s) has the same return: the simulator knows no left and right.
TEST(CartpoleTask, MirroredPoliciesAnswerMirroredStates) {
  const auto task = make_task("cartpole");
  const std::vector<float> start = task->fresh_network("pytorch", 1, 0);
  const at::Tensor theta = at::tensor(start).unsqueeze(0);
  const Probes probes = task->probes();
  RandomStream random(1, "test.states");
  const at::Tensor states = probes.draw(20, random);
  const at::Tensor plain = task->architecture().respond(theta, states).output;
  const at::Tensor mirrored = task->architecture().respond(theta * probes.mirror, -states).output;
  EXPECT_GT(plain.abs().max().item<float>(), 0.01);
  EXPECT_TRUE(at::allclose(mirrored, -plain, 1e-5, 1e-6));
}

}  // namespace
}  // namespace saltus
