// The named tensors of a target network inside its flat parameter vector θ, and which of its
// hidden units can be permuted without changing the function.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "saltus/base/options.h"

namespace saltus {

struct TensorSpec {
  std::string name;            // as in the PyTorch state_dict
  std::vector<int64_t> shape;  // row-major; a weight is (out, in, ...)
  int64_t offset = 0;          // of its first element in θ
  int64_t size = 0;            // elements
};

// Tensors in state_dict order, without gaps: θ is their concatenation, P floats.
class Layout {
 public:
  Layout() = default;
  // Offsets and sizes are computed. Error on a duplicate name or a dimension < 1.
  explicit Layout(std::vector<TensorSpec> tensors);

  const std::vector<TensorSpec>& tensors() const { return tensors_; }
  int64_t parameters() const { return parameters_; }  // P
  size_t index(std::string_view name) const;          // Error listing the names that exist
  const TensorSpec& at(std::string_view name) const { return tensors_[index(name)]; }

  Json to_json() const;
  static Layout from_json(const Json& json);
  bool operator==(const Layout& other) const;

 private:
  std::vector<TensorSpec> tensors_;
  int64_t parameters_ = 0;
};

// One axis of one tensor that is indexed by the units of a group.
struct UnitAxis {
  size_t tensor = 0;  // index into Layout::tensors()
  int64_t axis = 0;
};

// Hidden units that can be permuted together: reordering every listed axis by one permutation
// leaves the network's function unchanged.
struct UnitGroup {
  std::string name;
  int64_t units = 0;
  std::vector<UnitAxis> axes;
};

// The permutation symmetry of a layout. A tensor belongs to 0, 1 or 2 groups (one axis each).
class Symmetry {
 public:
  Symmetry() = default;
  // Error when an axis does not exist, has another size, or is claimed twice.
  Symmetry(const Layout& layout, std::vector<UnitGroup> groups);

  const std::vector<UnitGroup>& groups() const { return groups_; }

  // The gather index of permuting the units: permuted[i] = theta[index[i]], [P]. New unit u of
  // group g is old unit permutations[g][u].
  std::vector<int64_t> gather_index(const Layout& layout,
                                    const std::vector<std::vector<int64_t>>& permutations) const;

  Json to_json(const Layout& layout) const;
  static Symmetry from_json(const Layout& layout, const Json& json);

 private:
  std::vector<UnitGroup> groups_;
};

}  // namespace saltus
