// Checkpoint files of any format here, told by their content, and written by the name's ending.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "saltus/formats/stored_checkpoint.h"

namespace saltus {

// A file of torch.save, safetensors, .npz or .npy. `key`: see read_torch_checkpoint; elsewhere it
// must be empty. A safetensors file's numbers are those in its metadata. Error naming the file and
// what is wrong with it.
StoredCheckpoint read_checkpoint(const fs::path& path, std::string_view key = {});

// The formats that can be written, by their endings: "safetensors", "pt", "npz".
const std::vector<std::string>& written_formats();

// The whole file as bytes; only safetensors keeps the metadata. Error for an unknown format.
std::string encode_checkpoint(std::string_view format, const std::vector<TensorView>& tensors,
                              const Metadata& metadata);

}  // namespace saltus
