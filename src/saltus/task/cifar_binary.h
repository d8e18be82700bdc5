// The binary form of CIFAR-10: records of one label byte and 3 x 32 x 32 pixel bytes.
#pragma once

#include <filesystem>

#include "saltus/task/image_set.h"

namespace saltus {

// Every record of one file, plain or .gz or .xz. Error naming the file unless it is one or more
// whole records.
RawImages read_cifar_file(const std::filesystem::path& file);

// data_batch_1.bin, data_batch_2.bin, ... (one or more, up to the first number that is missing) and
// test_batch.bin of a folder. Error when one is missing.
RawImageSet read_cifar_folder(const std::filesystem::path& folder);

}  // namespace saltus
