// Guesses which hidden units of a network can be permuted from the names and shapes of its tensors.
#pragma once

#include <string>
#include <vector>

#include "saltus/network/layout.h"

namespace saltus {

struct InferredSymmetry {
  Symmetry symmetry;   // without groups where the network is not seen to be sequential
  std::string reason;  // why there are none, or "" when there are
};

// Takes a network whose tensors are the weights "X.weight" of layers in order (where all names are
// sorted, as safetensors keeps them: in the natural order of their names), Linear [out, in] or
// convolutions [out, in, ...], each with or without a bias, and vectors of as many numbers as the
// last layer has outputs (normalisations) for sequential: each layer sees the one before alone. A
// layer's units are then its outputs, where the next layer has as many inputs; a Linear that sees
// a convolution's places apart (flattened) binds none. Shapes cannot show a skip connection: who
// has one must say so. Names that speak of attention, recurrence, embeddings or shortcuts, and
// shapes that do not follow each other, give no symmetry at all.
InferredSymmetry infer_symmetry(const Layout& layout);

}  // namespace saltus
