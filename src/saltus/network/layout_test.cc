#include "saltus/network/layout.h"

#include <gtest/gtest.h>

#include "saltus/base/error.h"
#include "saltus/base/safetensors.h"
#include "saltus/network/architecture.h"
#include "tests/support/golden.h"
#include "tests/support/temporary.h"

namespace saltus {
namespace {

using testing::message_of;

Layout one_tensor(std::vector<int64_t> shape) {
  std::vector<TensorSpec> tensors = {{.name = "a", .shape = std::move(shape)}};
  return Layout(std::move(tensors));
}

TEST(Layout, ComputesOffsets) {
  const Layout layout({{.name = "a", .shape = {2, 3}}, {.name = "b", .shape = {}}});
  EXPECT_EQ(layout.parameters(), 7);
  EXPECT_EQ(layout.at("b").offset, 6);
  EXPECT_EQ(layout.at("b").size, 1);
  EXPECT_EQ(Layout::from_json(layout.to_json()), layout);
}

TEST(Layout, RefusesBadTensors) {
  const auto error = [](std::vector<TensorSpec> tensors) {
    return message_of<Error>([&] { Layout layout(tensors); });
  };
  EXPECT_NE(error({{.name = "a", .shape = {0}}}), "");
  EXPECT_NE(error({{.name = "a", .shape = {1}}, {.name = "a", .shape = {2}}}), "");
  EXPECT_NE(error({{.name = "a", .shape = {int64_t{1} << 40, int64_t{1} << 40}}}), "");
  const Layout layout = one_tensor({2});
  EXPECT_EQ(message_of<Error>([&] { layout.at("b"); }), "layout: expected a tensor 'b', found a");
  Json json = layout.to_json();
  json[0]["offset"] = 1;
  EXPECT_EQ(message_of<Error>([&] { Layout::from_json(json); }),
            "layout: tensor 'a': expected offset 0, found 1");
}

TEST(Symmetry, RefusesBadAxes) {
  const Layout layout = one_tensor({2, 3});
  EXPECT_THROW(Symmetry(layout, {{"g", 2, {{1, 0}}}}), Error);
  EXPECT_THROW(Symmetry(layout, {{"g", 2, {{0, 2}}}}), Error);
  EXPECT_THROW(Symmetry(layout, {{"g", 4, {{0, 0}}}}), Error);
  EXPECT_THROW(Symmetry(layout, {{"g", 2, {{0, 0}}}, {"h", 2, {{0, 0}}}}), Error);
}

TEST(Symmetry, GathersRowsAndColumns) {
  const Layout layout({{.name = "a", .shape = {2, 3}}, {.name = "b", .shape = {1}}});
  const Symmetry symmetry(layout, {{"rows", 2, {{0, 0}}}, {"columns", 3, {{0, 1}}}});
  EXPECT_EQ(symmetry.gather_index(layout, {{1, 0}, {2, 0, 1}}),
            (std::vector<int64_t>{5, 3, 4, 2, 0, 1, 6}));
  EXPECT_THROW(symmetry.gather_index(layout, {{1, 1}, {2, 0, 1}}), Error);
  EXPECT_THROW(symmetry.gather_index(layout, {{1, 0}, {2, 0, 3}}), Error);
  EXPECT_THROW(symmetry.gather_index(layout, {{1, 0}}), Error);
}

TEST(Symmetry, SurvivesJson) {
  const auto actor = make_mlp(cartpole_actor());
  const Json json = actor->symmetry().to_json(actor->layout());
  const Symmetry read = Symmetry::from_json(actor->layout(), json);
  EXPECT_EQ(read.to_json(actor->layout()), json);
  EXPECT_EQ(read.groups().size(), 2u);
}

// The reference's permutation of whole networks, as a gather index: exact.
TEST(Golden, PermutationGatherIndex) {
  const SafetensorsFile file(testing::golden_path("permutation.safetensors"));
  const auto vector_of = [&](const std::string& name) {
    const auto values = file.at(name).as<int64_t>();
    return std::vector<int64_t>(values.begin(), values.end());
  };
  for (const char* seed : {"seed0", "seed12345"}) {
    for (const char* task : {"mnist", "cartpole"}) {
      const auto network = make_mlp(std::string(task) == "mnist" ? mnist_mlp() : cartpole_actor());
      const std::string prefix = fmt::format("{}.{}.", task, seed);
      std::vector<std::vector<int64_t>> permutations;
      for (size_t g = 0; g < network->symmetry().groups().size(); ++g) {
        permutations.push_back(vector_of(fmt::format("{}perm{}", prefix, g)));
      }
      const auto index = network->symmetry().gather_index(network->layout(), permutations);
      const auto expected = file.at(prefix + "arange_permuted").as<float>();
      EXPECT_EQ(testing::max_difference(std::span<const int64_t>(index), expected), 0) << prefix;
    }
  }
}

}  // namespace
}  // namespace saltus
