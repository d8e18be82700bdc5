// The processor that tensors are computed on.
#pragma once

#include <c10/core/Device.h>

#include <string>

namespace saltus {

// "cpu", "cuda:N", or "cuda": the first GPU, or where a launcher started several processes on this
// machine, each its own as long as there are as many. The first call for a GPU loads LibTorch's
// CUDA part, which a program that needs none does without. It must come before any computing: what
// asks LibTorch for GPUs earlier (a convolution, a gradient) settles that there are none. Error
// when the name is none of these, LibTorch cannot load that part (its reason), or there is no such
// GPU.
at::Device device_named(const std::string& name);

}  // namespace saltus
