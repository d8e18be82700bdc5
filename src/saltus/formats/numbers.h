// The numbers of a stored tensor as float or double, in row-major order.
#pragma once

#include <span>
#include <vector>

#include "saltus/formats/stored_checkpoint.h"

namespace saltus {

bool is_float(Dtype dtype);  // F64, F32, F16, BF16

// To `to` [elements()]. Floats of 16 bits widen exactly, F64 rounds to nearest; integers are taken
// by value.
void copy_floats(const StridedTensor& tensor, std::span<float> to);
std::vector<float> floats_of(const StridedTensor& tensor);

std::vector<double> numbers_of(const StridedTensor& tensor);  // of any type

}  // namespace saltus
