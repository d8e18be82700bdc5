#include "saltus/generator/unit_roles.h"

#include "saltus/generator/precision.h"

namespace saltus {
namespace {

// Of scores that vary by 1. A third of it trained no better, three times as much worse.
constexpr double kTemperature = 0.1;
constexpr int64_t kRoleIterations = 15;
constexpr double kSmallScale = 1e-6;

}  // namespace

at::Tensor sinkhorn(const at::Tensor& scores, double temperature, int64_t iterations) {
  at::Tensor logarithm = scores / temperature;
  for (int64_t i = 0; i < iterations; ++i) {
    logarithm = logarithm - logarithm.logsumexp({2}, true);
    logarithm = logarithm - logarithm.logsumexp({1}, true);
  }
  return logarithm.exp();
}

UnitRolesImpl::UnitRolesImpl(int64_t units, int64_t width)
    : key_(register_parameter("role_key", at::zeros({units, width}))),
      value_(register_parameter("role_value", at::zeros({units, width}))) {}

at::Tensor UnitRolesImpl::forward(const at::Tensor& tokens) {
  const FullPrecisionGuard full;  // iterated divisions by small sums
  const at::Tensor own = tokens.to(at::kFloat);
  const at::Tensor scores = at::matmul(own - own.mean(1, true), key_.t());
  const at::Tensor scale = scores.square().mean({1, 2}, true).sqrt() + kSmallScale;
  return own + at::matmul(sinkhorn(scores / scale, kTemperature, kRoleIterations), value_);
}

}  // namespace saltus
