// Between the tensors of a checkpoint file and the flat parameters of a zoo.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "saltus/formats/stored_checkpoint.h"
#include "saltus/network/layout.h"

namespace saltus {

// The tensors a generator can learn: floats with one element or more, in the file's order, less
// those named in `exclude`. (A batch normalisation's num_batches_tracked, an integer, is none.)
Layout layout_of(const StoredCheckpoint& checkpoint, const std::vector<std::string>& exclude);

// Every tensor of `layout` as float32 to theta [P]. Error (`where`) naming each that is missing or
// has another shape, and floats of the file that the layout does not have but for `exclude`.
void copy_parameters(const StoredCheckpoint& checkpoint, const Layout& layout,
                     const std::vector<std::string>& exclude, std::string_view where,
                     std::span<float> theta);

}  // namespace saltus
