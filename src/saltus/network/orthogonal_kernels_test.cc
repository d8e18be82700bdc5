#include "saltus/network/orthogonal_kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "saltus/base/random.h"

namespace saltus {
namespace {

constexpr int64_t kRows = 24, kLength = 40;

std::vector<double> drawn(int64_t count, uint64_t index) {
  std::vector<float> normals(static_cast<size_t>(count));
  RandomStream(3, "orthogonal kernels", index).fill_normal(normals);
  return {normals.begin(), normals.end()};
}

// kRows orthonormal rows: of a random matrix, each without what lies along those before.
std::vector<double> basis() {
  std::vector<double> rows = drawn(kRows * kLength, 0);
  for (int64_t k = 0; k < kRows; ++k) {
    double* v = rows.data() + k * kLength;
    for (int64_t j = 0; j < k; ++j) {
      const double* u = rows.data() + j * kLength;
      const double along = std::inner_product(u, u + kLength, v, 0.0);
      for (int64_t i = 0; i < kLength; ++i) v[i] -= along * u[i];
    }
    const double norm = std::sqrt(std::inner_product(v, v + kLength, v, 0.0));
    for (int64_t i = 0; i < kLength; ++i) v[i] /= norm;
  }
  return rows;
}

class OrthogonalKernelsOf : public ::testing::TestWithParam<Isa> {};

TEST_P(OrthogonalKernelsOf, RemoveWhatLiesInTheSpanAndNothingElse) {
  const std::vector<double> rows = basis(), before = drawn(kLength, 1);
  std::vector<double> v = before;
  orthogonal_kernels(GetParam()).remove_span(rows.data(), kRows, kLength, v.data());
  std::vector<double> along(kRows);
  for (int64_t k = 0; k < kRows; ++k) {
    const double* u = rows.data() + k * kLength;
    EXPECT_NEAR(std::inner_product(u, u + kLength, v.data(), 0.0), 0, 1e-14) << k;
    along[static_cast<size_t>(k)] = std::inner_product(u, u + kLength, before.data(), 0.0);
  }
  for (int64_t i = 0; i < kLength; ++i) {
    double removed = 0;
    for (int64_t k = 0; k < kRows; ++k) {
      removed += along[static_cast<size_t>(k)] * rows[static_cast<size_t>(k * kLength + i)];
    }
    const auto at = static_cast<size_t>(i);
    EXPECT_NEAR(v[at], before[at] - removed, 1e-14) << i;
  }
}

TEST_P(OrthogonalKernelsOf, GiveTheBitsOfTheBaseline) {
  const std::vector<double> rows = drawn(kRows * kLength, 2);  // not even orthogonal
  std::vector<double> here = drawn(kLength, 3), baseline = here;
  orthogonal_kernels(GetParam()).remove_span(rows.data(), kRows, kLength, here.data());
  orthogonal_kernels(Isa::baseline).remove_span(rows.data(), kRows, kLength, baseline.data());
  EXPECT_EQ(here, baseline);
}

INSTANTIATE_TEST_SUITE_P(EveryIsa, OrthogonalKernelsOf, ::testing::ValuesIn(available_isas()),
                         [](const auto& tested) { return std::string(isa_name(tested.param)); });

}  // namespace
}  // namespace saltus
