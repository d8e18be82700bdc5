// Between torch modules and safetensors files.
#pragma once

#include <torch/torch.h>

#include <string>
#include <utility>
#include <vector>

#include "saltus/base/safetensors.h"

namespace saltus {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

// All parameters and buffers, by name in state_dict order.
NamedTensors state_of(const torch::nn::Module& module);

// CPU copy as a safetensors file (float32, int64, ...: the tensors' own types).
std::string encode_tensors(const NamedTensors& tensors, const Metadata& metadata);

// Of all parameters and buffers, names and shapes included.
uint64_t state_hash(const torch::nn::Module& module);

// A copy of one tensor of a file.
at::Tensor tensor_of(const TensorView& view);

// Copies every tensor of the file into the module's. Error listing each missing, unexpected or
// misshapen tensor.
void load_state(const SafetensorsFile& file, torch::nn::Module& module);

}  // namespace saltus
