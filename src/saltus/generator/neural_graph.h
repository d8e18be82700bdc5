// A target network seen as a graph: hidden units are nodes, weights between two hidden layers are
// edges, and everything else belongs to a unit or to the network as a whole. Derived from layout
// and symmetry alone, so any MLP, ConvNet or actor gets tokens without code of its own. Where much
// belongs to no unit, as in a network without symmetry, it is cut into pieces that keep their
// places: rows of the tensors, several together where they are short.
// (The view of Kofinas et al. 2024, "Graph neural networks for learning equivariant representations
// of neural networks", and of Zhou et al. 2023, "Permutation equivariant neural functionals".)
#pragma once

#include <cstdint>
#include <vector>

#include "saltus/network/layout.h"

namespace saltus {

struct NeuralGraph {
  // A hidden layer: each unit owns `features` numbers (weights to inputs or outputs, biases). Or
  // equal pieces of one tensor of no unit, which cannot be permuted.
  struct Group {
    bool pieces = false;
    int64_t units = 0;
    int64_t features = 0;
    int64_t offset = 0;  // of [units, features] in canonical order
    int64_t first_token = 0;
  };
  // A weight between two hidden layers, `features` numbers an edge (kernel taps of a convolution).
  struct Edge {
    size_t to = 0, from = 0;  // groups: rows and columns of the weight
    int64_t features = 0;
    int64_t offset = 0;  // of [features, to units, from units] in canonical order
  };

  std::vector<Group> groups;  // those of the symmetry in its order, then pieces
  std::vector<Edge> edges;
  int64_t global_features = 0;   // few numbers that belong to no unit: output biases, log_std
  int64_t global_offset = 0;     // of [global_features] in canonical order
  int64_t tokens = 0;            // one a unit or piece, then one for the globals
  std::vector<int64_t> gather;   // [P]: canonical[i] = theta[gather[i]]
  std::vector<int64_t> scatter;  // [P]: theta[i] = canonical[scatter[i]]

  NeuralGraph(const Layout& layout, const Symmetry& symmetry);

 private:
  void cut(const TensorSpec& tensor, int64_t piece);
};

}  // namespace saltus
