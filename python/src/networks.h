// Networks as Python has them, dicts of named tensors, to and from rows of parameters.
#pragma once

#include "bindings.h"
#include "saltus/network/layout.h"

namespace saltus {

// The tensors of `layout`, as float32, of N dicts: [N, P]. Tensors that are in no layout, integers
// (a counter of batches, say), are left alone. Error for a tensor that is missing, misshapen, not
// of floats, not finite, or of floats and in no layout: all of one network's problems at once.
at::Tensor pack_networks(const Layout& layout, const std::vector<py::dict>& networks);

// Rows theta [K, P] as dicts like `networks` (row k like number k / (K / N)): the same names in the
// same order; what is in no layout is passed on as it is. A network's tensors share memory of its
// own.
py::list unpack_networks(const Layout& layout, const at::Tensor& theta,
                         const std::vector<py::dict>& networks);

}  // namespace saltus
