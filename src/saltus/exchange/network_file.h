// One network as a file: what PyTorch users have, and what they get.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "saltus/base/safetensors.h"
#include "saltus/network/layout.h"

namespace saltus {

// The parameters in a file of named tensors (of torch.save, safetensors or .npz), any float type.
// Error listing every missing, unexpected or misshapen tensor (expected, found), and for values
// that are not finite.
std::vector<float> read_network(const std::filesystem::path& file, const Layout& layout);

// The same tensors, F32, in layout order, as a state_dict that PyTorch loads, in the format of the
// file's ending (see written_formats()); only safetensors keeps the metadata. Error for any other.
void write_network(const std::filesystem::path& file, const Layout& layout,
                   std::span<const float> theta, const Metadata& metadata);

}  // namespace saltus
