#include "saltus/network/vector_math.h"

#include <ATen/ATen.h>

namespace saltus {

void settle_vector_math() {
  [[maybe_unused]] static const bool settled = [] {
    at::ones({1}).exp();  // one number, which LibTorch shares among no threads
    return true;
  }();
}

}  // namespace saltus
