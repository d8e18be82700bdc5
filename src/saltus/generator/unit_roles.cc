#include "saltus/generator/unit_roles.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <span>
#include <vector>

#include "saltus/base/assignment.h"
#include "saltus/base/job.h"
#include "saltus/base/random.h"
#include "saltus/generator/precision.h"

namespace saltus {
namespace {

constexpr int64_t kRows = 16;  // that are worth a thread

}  // namespace

UnitRolesImpl::UnitRolesImpl(int64_t units, int64_t features, int64_t width, uint64_t seed)
    : key_(register_buffer("key", at::empty({units, features}))),
      embedding_(register_parameter("role_embedding", at::zeros({units, width}))) {
  RandomStream(seed, "generator.roles")
      .fill_normal({key_.mutable_data_ptr<float>(), static_cast<size_t>(key_.numel())});
}

at::Tensor UnitRolesImpl::assign(const at::Tensor& start) const {
  const torch::NoGradGuard no_gradient;
  const FullPrecisionGuard full;
  const int64_t batch = start.size(0), units = start.size(1);
  // NaN or infinity would leave nothing to compare.
  const at::Tensor fit =
      at::matmul(start.to(at::kFloat), key_.t()).nan_to_num(0, 0, 0).cpu().contiguous();
  const at::Tensor roles = at::empty({batch, units}, at::kLong);
  const auto side = static_cast<size_t>(units);
  const auto* fits = fit.const_data_ptr<float>();
  auto* taken = roles.mutable_data_ptr<int64_t>();
  const int64_t parts = (batch + kRows - 1) / kRows;
  parallel_for(parts, at::get_num_threads(), [&](int64_t part) {
    for (int64_t b = part * kRows; b < std::min(batch, (part + 1) * kRows); ++b) {
      const std::span<const float> own(fits + b * units * units, side * side);
      std::ranges::copy(best_assignment(own, units), taken + b * units);
    }
  });
  return roles.to(start.device());
}

at::Tensor UnitRolesImpl::forward(const at::Tensor& tokens, const at::Tensor& start) {
  const at::Tensor roles = assign(start);
  return tokens + at::embedding(embedding_, roles);
}

}  // namespace saltus
