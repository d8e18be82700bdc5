// IDX files, the format of MNIST and its relatives: grey images of any size, and their labels.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saltus/task/image_set.h"

namespace saltus {

// [N, 1, rows, columns] uint8 of an images file (magic 2051). Error naming the file when the magic,
// a dimension or the size is not what the format says, or no image is in it.
at::Tensor read_idx_images(const std::filesystem::path& file);
// [N] int64 of a labels file (magic 2049). The same errors.
at::Tensor read_idx_labels(const std::filesystem::path& file);

// train-images, train-labels, t10k-images and t10k-labels of a folder: NAME-idx3-ubyte (images) or
// NAME-idx1-ubyte (labels), also with a dot for the last dash but one, plain or .gz or .xz. Error
// when one is missing, or images and labels differ in number.
RawImageSet read_idx_folder(const std::filesystem::path& folder);

}  // namespace saltus
