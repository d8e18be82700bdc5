// Writes state_dicts that torch.load(weights_only=True) opens.
#pragma once

#include <string>
#include <vector>

#include "saltus/base/safetensors.h"

namespace saltus {

// The whole file as bytes: an OrderedDict of tensors in the given order, each with a storage of its
// own, as torch.save writes it. The same tensors give the same bytes.
std::string encode_torch(const std::vector<TensorView>& tensors);

}  // namespace saltus
