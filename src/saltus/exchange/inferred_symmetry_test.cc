#include "saltus/exchange/inferred_symmetry.h"

#include <gtest/gtest.h>

#include "saltus/base/json.h"
#include "saltus/network/convnet.h"
#include "saltus/network/mlp.h"

namespace saltus {
namespace {

// What the task's own networks declare is what their names and shapes show.
TEST(InferredSymmetry, IsThatOfKnownNetworks) {
  for (const auto& network :
       {make_mlp(mnist_mlp()), make_mlp(cartpole_actor()), make_convnet(cifar10_convnet())}) {
    const Layout& layout = network->layout();
    const InferredSymmetry inferred = infer_symmetry(layout);
    EXPECT_EQ(inferred.reason, "");
    EXPECT_EQ(
        json_difference(network->symmetry().to_json(layout), inferred.symmetry.to_json(layout)),
        "");
  }
}

TEST(InferredSymmetry, BindsNormalisationsAndNotWhatIsFlattened) {
  const Layout layout({{"0.weight", {8, 3, 3, 3}},
                       {"1.weight", {8}},
                       {"1.bias", {8}},
                       {"1.running_mean", {8}},
                       {"1.running_var", {8}},
                       {"3.weight", {6, 8, 3, 3}},
                       {"3.bias", {6}},
                       {"6.weight", {20, 54}},  // 6 channels of 3 x 3 places
                       {"6.bias", {20}},
                       {"8.weight", {10, 20}},
                       {"8.bias", {10}}});
  const InferredSymmetry inferred = infer_symmetry(layout);
  ASSERT_EQ(inferred.reason, "");
  ASSERT_EQ(inferred.symmetry.groups().size(), 2u);
  const UnitGroup& first = inferred.symmetry.groups()[0];
  EXPECT_EQ(first.name, "0");
  EXPECT_EQ(first.units, 8);
  EXPECT_EQ(first.axes.size(), 6u);  // weight, four vectors, the next weight's inputs
  EXPECT_EQ(inferred.symmetry.groups()[1].name, "6");
}

// Sorted by name, as safetensors has them: 10 before 2, biases before weights.
TEST(InferredSymmetry, UndoesTheOrderOfNames) {
  const Layout layout({{"net.0.bias", {8}},
                       {"net.0.weight", {8, 3}},
                       {"net.10.bias", {2}},
                       {"net.10.weight", {2, 5}},
                       {"net.2.bias", {5}},
                       {"net.2.weight", {5, 8}}});
  const InferredSymmetry inferred = infer_symmetry(layout);
  ASSERT_EQ(inferred.reason, "");
  ASSERT_EQ(inferred.symmetry.groups().size(), 2u);
  EXPECT_EQ(inferred.symmetry.groups()[0].name, "net.0");
  EXPECT_EQ(inferred.symmetry.groups()[1].name, "net.2");
}

TEST(InferredSymmetry, IsNoneWhereShapesDoNotFollow) {
  const std::pair<Layout, const char*> cases[] = {
      {Layout({{"a.weight", {8, 4}}, {"b.weight", {2, 7}}}), "b.weight has 7 inputs, but a.weight"},
      {Layout({{"a.attn.weight", {4, 4}}, {"b.weight", {4, 4}}}), "a.attn.weight is no layer"},
      {Layout({{"a.weight", {8, 4}}, {"scale", {5}}, {"b.weight", {2, 8}}}), "scale [5] belongs"},
      {Layout({{"kernel_of", {8, 4}}}), "kernel_of [8, 4] is not known"},
      {Layout({{"a.weight", {8, 4}}}), "no two layers"}};
  for (const auto& [layout, part] : cases) {
    const InferredSymmetry inferred = infer_symmetry(layout);
    EXPECT_TRUE(inferred.symmetry.groups().empty());
    EXPECT_NE(inferred.reason.find(part), std::string::npos) << inferred.reason;
  }
}

}  // namespace
}  // namespace saltus
