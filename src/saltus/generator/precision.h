// Switches bf16 autocast on for a scope: matrix products of the forward pass run in bf16, weights,
// gradients and reductions stay float32. Per thread, as autocast itself; scopes nest.
#pragma once

#include <torch/types.h>

#include <array>

namespace saltus {

class AutocastGuard {
 public:
  // Does nothing when `enabled` is false: an enclosing guard then stays in force.
  explicit AutocastGuard(bool enabled, at::DeviceType device = at::kCPU,
                         at::ScalarType dtype = at::kBFloat16);
  ~AutocastGuard();
  AutocastGuard(const AutocastGuard&) = delete;
  AutocastGuard& operator=(const AutocastGuard&) = delete;

 private:
  bool active_;
  at::DeviceType device_;
  bool was_enabled_ = false;
  at::ScalarType old_dtype_ = at::kBFloat16;
};

// Switches autocast off for a scope within such a scope: what is cast there and must not be.
class FullPrecisionGuard {
 public:
  FullPrecisionGuard();
  ~FullPrecisionGuard();
  FullPrecisionGuard(const FullPrecisionGuard&) = delete;
  FullPrecisionGuard& operator=(const FullPrecisionGuard&) = delete;

 private:
  static constexpr std::array<at::DeviceType, 2> kDevices = {at::kCPU, at::kCUDA};
  std::array<bool, kDevices.size()> was_enabled_;
};

}  // namespace saltus
