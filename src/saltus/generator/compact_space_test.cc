#include "saltus/generator/compact_space.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "saltus/base/random.h"
#include "saltus/network/architecture.h"

namespace saltus {
namespace {

std::shared_ptr<const Architecture> wide_mlp() {
  return make_mlp({.sizes = {20, 5, 6, 3},
                   .activation = Activation::relu,
                   .layer_names = {"fc1", "fc2", "fc3"},
                   .log_std = true});
}

at::Tensor draws(at::IntArrayRef shape, uint64_t index) {
  at::Tensor x = at::empty(shape);
  RandomStream(7, "test.compact", index)
      .fill_normal({x.data_ptr<float>(), static_cast<size_t>(x.numel())});
  return x;
}

TEST(CompactSpace, OfFewInputsIsTheNetworkItself) {
  const auto mlp = wide_mlp();
  const CompactSpace space(mlp->layout(), mlp->symmetry(), 21);
  EXPECT_FALSE(space.inputs());
  EXPECT_TRUE(space.layout() == mlp->layout());
}

TEST(CompactSpace, MovesTheStartOntoATargetOfItsKind) {
  const auto mlp = wide_mlp();
  const CompactSpace space(mlp->layout(), mlp->symmetry(), 4);
  ASSERT_EQ(space.inputs(), 20);
  EXPECT_EQ(space.layout().parameters(), 5 * 4 + 1 + 6 * 5 + 6 + 3 * 6 + 3 + 1);
  const InputDirections directions = input_directions(draws({500, 20}, 1), 4);
  EXPECT_TRUE(at::allclose(at::mm(directions.basis.t(), directions.basis), at::eye(4), 1e-5, 1e-5));
  const at::Tensor start = draws({3, mlp->layout().parameters()}, 2);
  // A target of the kind the space can say: any difference inside, a share of the outside.
  at::Tensor difference = draws({3, space.layout().parameters()}, 3);
  const at::Tensor target = space.move(start, difference, directions.basis);
  EXPECT_TRUE(
      at::allclose(space.difference(target, start, directions.basis), difference, 1e-3, 1e-3));
  EXPECT_TRUE(at::allclose(space.move(start, at::zeros_like(difference), directions.basis), start));
  const at::Tensor inside =
      space.coordinates(target, directions.basis) - space.coordinates(start, directions.basis);
  const int64_t last = inside.size(1) - 1;
  EXPECT_TRUE(at::allclose(inside.narrow(1, 0, last), difference.narrow(1, 0, last), 1e-3, 1e-3));
}

TEST(CompactSpace, DoesNotMoveAStartOntoItself) {
  const auto mlp = wide_mlp();
  const CompactSpace space(mlp->layout(), mlp->symmetry(), 4);
  const InputDirections directions = input_directions(draws({500, 20}, 1), 4);
  const at::Tensor anywhere = draws({64, mlp->layout().parameters()}, 2);
  // All of its outside taken away but for rounding.
  const int64_t last = space.layout().parameters() - 1;
  at::Tensor shrink = at::zeros({64, last + 1});
  shrink.select(1, last).fill_(-1);
  const at::Tensor within = space.move(anywhere, shrink, directions.basis);
  const at::Tensor none = at::zeros({64, last + 1});
  EXPECT_TRUE(at::allclose(space.difference(anywhere, anywhere, directions.basis), none));
  EXPECT_TRUE(at::allclose(space.difference(within, within, directions.basis), none));
  EXPECT_TRUE(at::equal(space.difference(anywhere, within, directions.basis).select(1, last),
                        none.select(1, last)))
      << "of nothing no share can grow";
}

TEST(CompactSpace, SizesOverUnitsDoNotSeeTheirOrder) {
  const auto mlp = wide_mlp();
  const CompactSpace space(mlp->layout(), mlp->symmetry(), 4);
  const InputDirections directions = input_directions(draws({500, 20}, 1), 4);
  const at::Tensor theta = draws({2, mlp->layout().parameters()}, 2);
  const at::Tensor order =
      at::tensor(mlp->symmetry().gather_index(mlp->layout(), {{4, 2, 0, 1, 3}, {5, 0, 3, 4, 1, 2}}),
                 at::kLong);
  const auto sizes = [&](const at::Tensor& t) {
    return space.over_units(space.coordinates(t, directions.basis));
  };
  const at::Tensor found = sizes(theta);
  EXPECT_EQ(found.size(1), 4 + 1 + 1 + 3) << "directions, fc2's weight and bias, fc3's weight";
  EXPECT_TRUE(at::allclose(sizes(theta.index_select(1, order)), found, 1e-5, 1e-6));
  EXPECT_TRUE(at::allclose(sizes(2 * theta), 2 * found, 1e-3, 1e-3));
  const TensorSpec& last = mlp->layout().at("fc3.weight");
  const at::Tensor rows = theta.narrow(1, last.offset, last.size).view({2, 3, 6});
  EXPECT_TRUE(at::allclose(found.narrow(1, 6, 3), rows.square().mean(2).sqrt(), 1e-3, 1e-3));

  // A start that lies within the directions, or at 0, has a slope still.
  at::Tensor inside = at::zeros_like(theta).requires_grad_();
  sizes(inside).sum().backward();
  EXPECT_TRUE(inside.grad().isfinite().all().item<bool>());
}

TEST(CompactSpace, KeepsTheFunctionOnInputsInsideTheDirections) {
  const auto mlp = wide_mlp();
  const CompactSpace space(mlp->layout(), mlp->symmetry(), 4);
  // Inputs that vary along three directions: with the constant, four.
  const at::Tensor inputs = at::mm(draws({200, 3}, 4), draws({3, 20}, 5));
  const InputDirections directions = input_directions(inputs, 4);
  const at::Tensor start = draws({2, mlp->layout().parameters()}, 6),
                   target = draws({2, mlp->layout().parameters()}, 7);
  const at::Tensor made =
      space.move(start, space.difference(target, start, directions.basis), directions.basis);
  EXPECT_FALSE(at::allclose(made, target, 1e-2, 1e-2)) << "weights differ outside";
  EXPECT_TRUE(at::allclose(mlp->respond(made, inputs).output, mlp->respond(target, inputs).output,
                           1e-3, 1e-3));
}

}  // namespace
}  // namespace saltus
