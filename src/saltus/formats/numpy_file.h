// Files of numpy: one array (.npy, formats 1 to 3) or a zip archive of them (.npz, stored or
// compressed). Arrays of Python objects, which numpy pickles, are refused.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "saltus/formats/stored_checkpoint.h"

namespace saltus {

// An array in memory, its header checked against its bytes. Column-major arrays come as strides.
// Error (`where`, what) for other types than Dtype has, big-endian ones and damaged headers.
StridedTensor parse_npy(std::span<const std::byte> bytes, std::string name, std::string_view where);

// The only tensor is named "parameters".
StoredCheckpoint read_npy(const fs::path& path, MappedFile file);

// Tensors are named as the archive's records, less ".npy"; arrays of one number without axes are
// numbers as well.
StoredCheckpoint read_npz(const fs::path& path, MappedFile file);

// The whole file as bytes, for numpy.load without pickles. BF16 becomes F32, which numpy has.
std::string encode_npz(const std::vector<TensorView>& tensors);

}  // namespace saltus
