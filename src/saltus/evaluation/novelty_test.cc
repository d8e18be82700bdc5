// Novelty as an evaluation reports it, of generators whose novelty is known.
#include <gtest/gtest.h>

#include "saltus/evaluation/fake_world_test.h"

namespace saltus {
namespace {

class Novelty : public fake::World {};

TEST_F(Novelty, ReturningATrainingNetworkHasNoNovelty) {
  std::vector<float> copied(static_cast<size_t>(zoo->parameters()));
  zoo->read(zoo->runs_of(Split::train)[5], kCheckpoints - 1, copied);
  const at::Tensor row = at::tensor(copied);
  const Json results =
      evaluate(fake::generator([&](const at::Tensor& start, const at::Tensor&, const at::Tensor&) {
        return row.expand_as(start);
      }));
  EXPECT_LT(results["novelty"]["weights"]["ratio"].get<double>(), 1e-3);
  EXPECT_LT(results["novelty"]["behaviour"]["ratio"].get<double>(), 1e-3);
  EXPECT_GT(results["novelty"]["updates"]["ratio"].get<double>(), 0.5);
}

// Of 100 questions networks answer the first wrongly: 30 of them where the bias is that of
// made_up_training after one step or above its last, elsewhere the more the better they score.
class QuestioningTask : public fake::FakeTask {
 public:
  at::Tensor mistakes(const at::Tensor& theta, const Job&) const override {
    const at::Tensor bias = theta.select(1, -1).unsqueeze(1);
    const at::Tensor alike = at::logical_or((bias - 1.2).abs() < 0.1, bias > 4.801);
    return at::arange(100) < at::where(alike, at::full_like(bias, 30), 40 + 5 * bias);
  }
};

TEST_F(Novelty, MistakesAreComparedWhereHeldOutRunsMakeAsMany) {
  const QuestioningTask questions;
  const Json mistakes =
      evaluate_on(questions, fake::generator(fake::perfect))["novelty"]["mistakes"];
  EXPECT_DOUBLE_EQ(mistakes["mistaken"]["generated"].get<double>(), 0.3);
  EXPECT_DOUBLE_EQ(mistakes["mistaken"]["held_out"].get<double>(), 0.3);
  EXPECT_DOUBLE_EQ(mistakes["ratio"].get<double>(), 1);
}

// Networks of even bias answer the even ones of 100 questions wrongly, the others the odd ones,
// and all of them the first eight.
class SplitTask : public fake::FakeTask {
 public:
  at::Tensor mistakes(const at::Tensor& theta, const Job&) const override {
    const at::Tensor own = theta.select(1, -1).round().to(at::kLong).remainder(2).unsqueeze(1);
    const at::Tensor question = at::arange(100);
    return at::logical_or(question < 8, question.remainder(2) == own);
  }
};

TEST_F(Novelty, MistakesOfGeneratedNetworksAreComparedWithEachOther) {
  const SplitTask split;
  const auto half = [](const at::Tensor& start, const at::Tensor&, const at::Tensor&) {
    at::Tensor theta = start.clone();
    at::Tensor bias = theta.select(1, -1);
    for (int64_t k = 0; k < bias.size(0); ++k) bias[k] = 4 + k % 2;
    return theta;
  };
  const Generator generator = fake::generator(half);
  config.held_out = 4;
  const Json mistakes = evaluate_on(split, generator)["novelty"]["mistakes"];
  // Of six pairs two are alike; the rest share 8 of 100.
  EXPECT_NEAR(mistakes["among"]["generated"].get<double>(), (2 + 4 * 0.08) / 6, 1e-6);
  EXPECT_DOUBLE_EQ(mistakes["among"]["held_out"].get<double>(), 1);
  config.held_out = 1;
  const Json one = evaluate_on(split, generator)["novelty"]["mistakes"];
  EXPECT_TRUE(one["among"]["generated"].is_null());
}

TEST_F(Novelty, ReplayingATrainingUpdateHasNoUpdateNovelty) {
  std::vector<float> first(static_cast<size_t>(zoo->parameters())), last = first;
  const int64_t run = zoo->runs_of(Split::train)[5];
  zoo->read(run, 0, first);
  zoo->read(run, kCheckpoints - 1, last);
  const at::Tensor update = at::tensor(last) - at::tensor(first);
  const Json results = evaluate(fake::generator([&](const at::Tensor& start, const at::Tensor&,
                                                    const at::Tensor&) { return start + update; }));
  EXPECT_LT(results["novelty"]["updates"]["ratio"].get<double>(), 1e-3);
  EXPECT_GT(results["novelty"]["weights"]["ratio"].get<double>(), 0.5);
}

}  // namespace
}  // namespace saltus
