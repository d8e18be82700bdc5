#include "saltus/generator/unit_roles.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <span>
#include <vector>

#include "saltus/base/assignment.h"
#include "saltus/base/random.h"
#include "saltus/generator/precision.h"

namespace saltus {

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
  at::parallel_for(0, batch, 1, [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      const std::span<const float> own(fit.const_data_ptr<float>() + b * units * units,
                                       side * side);
      const std::vector<int64_t> taken = best_assignment(own, units);
      std::copy(taken.begin(), taken.end(), roles.mutable_data_ptr<int64_t>() + b * units);
    }
  });
  return roles.to(start.device());
}

at::Tensor UnitRolesImpl::forward(const at::Tensor& tokens, const at::Tensor& start) {
  const at::Tensor roles = assign(start);
  return tokens + at::embedding(embedding_, roles);
}

}  // namespace saltus
