#include "saltus/network/initialiser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "saltus/base/error.h"
#include "saltus/network/architecture.h"
#include "tests/support/temporary.h"

namespace saltus {
namespace {

using testing::message_of;

std::vector<float> draw(const Layout& layout, const std::string& scheme, uint64_t index = 0) {
  RandomStream random(5, "initialiser", index);
  std::vector<float> theta(static_cast<size_t>(layout.parameters()));
  initialise(layout, scheme, random, theta, -0.35f);
  return theta;
}

struct Moments {
  double deviation = 0, largest = 0, kurtosis = 0;
};

Moments moments(std::span<const float> values) {
  Moments m;
  double second = 0, fourth = 0;
  for (float x : values) {
    second += static_cast<double>(x) * x;
    fourth += std::pow(static_cast<double>(x), 4);
    m.largest = std::max(m.largest, std::abs(static_cast<double>(x)));
  }
  const auto n = static_cast<double>(values.size());
  m.deviation = std::sqrt(second / n);
  m.kurtosis = fourth / n / std::pow(second / n, 2);
  return m;
}

std::span<const float> part(const Layout& layout, const std::vector<float>& theta,
                            const std::string& name) {
  const TensorSpec& tensor = layout.at(name);
  return std::span(theta).subspan(static_cast<size_t>(tensor.offset),
                                  static_cast<size_t>(tensor.size));
}

const Layout& actor_layout() {
  static const auto actor = make_mlp(cartpole_actor());
  return actor->layout();
}

// A hidden layer large enough for tight statistics: 64 inputs, 256 outputs.
Layout wide_layout() {
  return Layout({{.name = "a.weight", .shape = {64, 16}},
                 {.name = "b.weight", .shape = {256, 64}},
                 {.name = "c.weight", .shape = {8, 256}}});
}

TEST(Initialise, FillsEveryTensorOfEveryScheme) {
  for (const InitialiserInfo& info : initialisers()) {
    const std::vector<float> theta = draw(actor_layout(), info.name);
    EXPECT_EQ(theta[0], -0.35f) << info.name;
    EXPECT_EQ(std::ranges::count(theta, 0.0f), 0) << info.name;
    EXPECT_NEAR(moments(part(actor_layout(), theta, "actor.2.bias")).deviation,
                1 / std::sqrt(32.0 * 3), 0.03)
        << info.name;
    EXPECT_EQ(theta, draw(actor_layout(), info.name));
    EXPECT_NE(theta, draw(actor_layout(), info.name, 1));
  }
}

TEST(Initialise, SchemesHaveTheirDistributions) {
  const Layout layout = wide_layout();
  struct Case {
    const char* scheme;
    double deviation, kurtosis;
  };
  const Case cases[] = {{"pytorch", 1 / std::sqrt(64.0 * 3), 1.8},
                        {"normal0.1", 0.1, 3},
                        {"normal0.2", 0.2, 3},
                        {"normal:0.07", 0.07, 3},
                        {"xavier", std::sqrt(2.0 / (64 + 256)), 1.8},
                        {"kaiming", std::sqrt(2.0 / 64), 3}};
  for (const Case& c : cases) {
    const std::vector<float> theta = draw(layout, c.scheme);
    const Moments m = moments(part(layout, theta, "b.weight"));
    EXPECT_NEAR(m.deviation / c.deviation, 1, 0.03) << c.scheme;  // 5 standard errors
    EXPECT_NEAR(m.kurtosis, c.kurtosis, 0.2) << c.scheme;
  }
}

TEST(Initialise, OrthogonalRowsOrColumns) {
  const auto product = [](std::span<const float> weight, int64_t columns, int64_t i, int64_t j) {
    double dot = 0;
    for (int64_t k = 0; k < columns; ++k) {
      dot += static_cast<double>(weight[static_cast<size_t>(i * columns + k)]) *
             weight[static_cast<size_t>(j * columns + k)];
    }
    return dot;
  };
  const std::vector<float> theta = draw(actor_layout(), "orthogonal");
  const auto square = part(actor_layout(), theta, "actor.2.weight");
  for (int64_t i = 0; i < 32; ++i) {
    for (int64_t j = 0; j < 32; ++j) {
      EXPECT_NEAR(product(square, 32, i, j), i == j ? 2 : 0, 1e-5);
    }
  }
  // 32 x 4: the four columns are orthogonal, each of squared length 2.
  const auto tall = part(actor_layout(), theta, "actor.0.weight");
  for (size_t a = 0; a < 4; ++a) {
    for (size_t b = 0; b < 4; ++b) {
      double dot = 0;
      for (size_t i = 0; i < 32; ++i) dot += static_cast<double>(tall[i * 4 + a]) * tall[i * 4 + b];
      EXPECT_NEAR(dot, a == b ? 2 : 0, 1e-5);
    }
  }
  EXPECT_NEAR(product(part(actor_layout(), theta, "actor.4.weight"), 32, 0, 0), 1e-4, 1e-8);
}

TEST(Initialise, LoguniformCoversItsRangesInBothFamilies) {
  double low = 1e9, high = 0;
  int uniform = 0;
  const int draws = 400;
  for (uint64_t i = 0; i < draws; ++i) {
    const std::vector<float> theta = draw(actor_layout(), "loguniform", i);
    const Moments m = moments(part(actor_layout(), theta, "actor.2.weight"));
    low = std::min(low, m.deviation);
    high = std::max(high, m.deviation);
    if (m.kurtosis < 2.3) ++uniform;
  }
  EXPECT_NEAR(low, 0.23 / std::sqrt(32.0), 0.01);
  EXPECT_NEAR(high, 1.8 / std::sqrt(32.0), 0.04);
  EXPECT_NEAR(uniform, draws / 2, 50);  // 5 standard errors
}

TEST(Initialise, NamesTheNearestScheme) {
  const auto error = [](const char* scheme) {
    return message_of<Error>([&] { draw(actor_layout(), scheme); });
  };
  EXPECT_NE(error("kaming").find("did you mean kaiming?"), std::string::npos);
  EXPECT_NE(error("normal:x").find("SIGMA"), std::string::npos);
  EXPECT_NE(error("normal:-1"), "");
}

TEST(Initialise, RefusesTensorsItHasNoRuleFor) {
  std::vector<TensorSpec> tensors = {{.name = "scale", .shape = {3}}};
  const Layout layout(std::move(tensors));
  EXPECT_NE(message_of<Error>([&] { draw(layout, "xavier"); }).find("'scale' [3]"),
            std::string::npos);
}

}  // namespace
}  // namespace saltus
