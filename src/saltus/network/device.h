// The processor that tensors are computed on.
#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <string>

namespace saltus {

// "cpu", "cuda:N", or "cuda": the first GPU, or where a launcher started several processes on this
// machine, each its own as long as there are as many. The first call for a GPU loads LibTorch's
// CUDA part, which a program that needs none does without. It must come before any computing: what
// asks LibTorch for GPUs earlier (a convolution, a gradient) settles that there are none. Error
// when the name is none of these, LibTorch cannot load that part (its reason), or there is no such
// GPU.
at::Device device_named(const std::string& name);

// The type of the factors of products asked for in `precision`, "f32" or "bf16". Who asks for
// bfloat16 asks for speed: a CPU without such products (has_bf16_products), which takes many times
// as long to imitate them as for those of float32, computes in float32.
at::ScalarType product_type(const std::string& precision, const at::Device& device);

// Whether that is a wider type than was asked for.
bool computes_wider(const std::string& precision, const at::Device& device);

}  // namespace saltus
