// Counts what a piece of work costs, by watching LibTorch.
#pragma once

#include <ATen/record_function.h>

#include <string>

namespace saltus {

// While it lives, adds up the floating-point operations (a multiply-add is two) of the matrix
// products and convolutions that LibTorch computes on any thread, and of those of our own kernels
// that say so (network/own_products.h). Elementwise work is not seen, nor is what happens within
// calls named `beside`. One at a time.
class FlopCounter {
 public:
  explicit FlopCounter(std::string beside = "");
  ~FlopCounter();
  FlopCounter(const FlopCounter&) = delete;
  FlopCounter& operator=(const FlopCounter&) = delete;

  double count() const;

 private:
  at::CallbackHandle handle_;
};

}  // namespace saltus
