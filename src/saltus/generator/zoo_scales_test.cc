#include "saltus/generator/zoo_scales.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "saltus/network/architecture.h"

namespace saltus {
namespace {

TEST(ZooScales, AreOneADirectionForARotatedLayerAndOneATensorElsewhere) {
  torch::manual_seed(4);
  const auto architecture = make_mlp({.sizes = {12, 3, 2}, .layer_names = {"fc1", "fc2"}});
  const int64_t parameters = architecture->layout().parameters(), kept = 5;
  const CompactSpace space(architecture->layout(), architecture->symmetry(), kept);
  const at::Tensor inputs = at::randn({200, 12}) * at::linspace(3, 0.1, 12);
  const InputDirections directions = input_directions(inputs, kept);
  const at::Tensor first = at::randn({7, parameters});
  const ZooSample sample{.first = first,
                         .last = first + 0.5 * at::randn({7, parameters}),
                         .any = at::randn({9, parameters}),
                         .inputs = inputs};
  const ZooScales scales = zoo_scales(space, directions, sample);

  const at::Tensor delta = space.difference(sample.last, sample.first, directions.basis);
  const TensorSpec& rotated = space.layout().tensors()[0];
  ASSERT_EQ(rotated.shape, (std::vector<int64_t>{3, kept}));
  const at::Tensor rows = delta.narrow(1, 0, rotated.size).reshape({-1, kept});
  const at::Tensor rms = rows.square().mean(0).sqrt();
  for (int64_t unit = 0; unit < 3; ++unit) {
    EXPECT_TRUE(at::allclose(scales.delta.narrow(0, unit * kept, kept), rms, 1e-4, 1e-6));
  }
  const at::Tensor weights = scales.loss_weights.narrow(0, 0, rotated.size);
  EXPECT_NEAR(weights.mean().item<double>(), 1, 1e-5);
  // Inputs vary most along the first direction: an error there shows most.
  EXPECT_GT(weights[0].item<double>(), weights[kept - 1].item<double>());

  const TensorSpec& output = space.layout().at("fc2.weight");
  const at::Tensor own = scales.delta.narrow(0, output.offset, output.size);
  EXPECT_TRUE(at::allclose(own, own[0].expand_as(own)));
}

}  // namespace
}  // namespace saltus
