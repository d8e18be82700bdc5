#include "saltus/network/own_products.h"

#include <ATen/core/grad_mode.h>
#include <ATen/record_function.h>

namespace saltus {

bool wants_gradient(const at::Tensor& a, const at::Tensor& b) {
  return at::GradMode::is_enabled() && (a.requires_grad() || b.requires_grad());
}

void announce_products(double operations) {
  RECORD_FUNCTION(kOwnProducts, std::vector<c10::IValue>{operations});
}

}  // namespace saltus
