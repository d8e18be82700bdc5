#include "saltus/generator/precision.h"

#include <ATen/autocast_mode.h>

namespace saltus {

AutocastGuard::AutocastGuard(bool enabled, at::DeviceType device, at::ScalarType dtype)
    : active_(enabled), device_(device) {
  if (!active_) return;
  was_enabled_ = at::autocast::is_autocast_enabled(device_);
  old_dtype_ = at::autocast::get_autocast_dtype(device_);
  at::autocast::set_autocast_enabled(device_, true);
  at::autocast::set_autocast_dtype(device_, dtype);
  at::autocast::increment_nesting();
}

AutocastGuard::~AutocastGuard() {
  if (!active_) return;
  // The cache holds bf16 copies of the weights, which the next optimiser step makes stale.
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_autocast_dtype(device_, old_dtype_);
  at::autocast::set_autocast_enabled(device_, was_enabled_);
}

FullPrecisionGuard::FullPrecisionGuard() {
  for (size_t i = 0; i < kDevices.size(); ++i) {
    was_enabled_[i] = at::autocast::is_autocast_enabled(kDevices[i]);
    at::autocast::set_autocast_enabled(kDevices[i], false);
  }
}

FullPrecisionGuard::~FullPrecisionGuard() {
  for (size_t i = 0; i < kDevices.size(); ++i) {
    at::autocast::set_autocast_enabled(kDevices[i], was_enabled_[i]);
  }
}

}  // namespace saltus
