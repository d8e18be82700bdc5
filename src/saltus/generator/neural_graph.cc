#include "saltus/generator/neural_graph.h"

#include <algorithm>
#include <functional>

#include "saltus/base/error.h"

namespace saltus {
namespace {

constexpr int64_t kMostGlobals = 256;  // numbers of no unit that one token holds together
constexpr int64_t kPieces = 256;       // more are cut into about this many at most
constexpr int64_t kSmallestPiece = 16, kLargestRow = 1024;

struct Membership {
  size_t group;
  int64_t axis;
};

// Appends to `gather` the flat indices of a tensor with the axes in `order` moved to the front (in
// that order) and the remaining axes kept behind them.
void append_indices(const TensorSpec& tensor, const std::vector<int64_t>& order,
                    std::vector<int64_t>& gather) {
  const auto rank = static_cast<int64_t>(tensor.shape.size());
  std::vector<int64_t> axes = order;
  for (int64_t axis = 0; axis < rank; ++axis) {
    if (std::find(order.begin(), order.end(), axis) == order.end()) axes.push_back(axis);
  }
  std::vector<int64_t> strides(static_cast<size_t>(rank), 1);
  for (int64_t axis = rank - 2; axis >= 0; --axis) {
    strides[static_cast<size_t>(axis)] =
        strides[static_cast<size_t>(axis) + 1] * tensor.shape[static_cast<size_t>(axis) + 1];
  }
  std::function<void(size_t, int64_t)> walk = [&](size_t depth, int64_t index) {
    if (depth == axes.size()) {
      gather.push_back(index);
      return;
    }
    const auto axis = static_cast<size_t>(axes[depth]);
    for (int64_t i = 0; i < tensor.shape[axis]; ++i) walk(depth + 1, index + i * strides[axis]);
  };
  walk(0, tensor.offset);
}

// Numbers a piece of a tensor has, where tensors of no unit have `total` in all.
int64_t piece_size(const TensorSpec& tensor, int64_t total) {
  const int64_t row = tensor.shape.size() < 2 ? tensor.size : tensor.size / tensor.shape[0];
  const int64_t wanted = std::max(kSmallestPiece, (total + kPieces - 1) / kPieces);
  if (row >= wanted) return std::max(wanted, std::min(row, kLargestRow));
  return std::min(row * ((wanted + row - 1) / row), tensor.size);
}

}  // namespace

// Appends the tensor as a group of whole pieces, and one more of what is left over.
void NeuralGraph::cut(const TensorSpec& tensor, int64_t piece) {
  auto offset = static_cast<int64_t>(gather.size());
  const auto add = [&](int64_t count, int64_t features) {
    groups.push_back({.pieces = true,
                      .units = count,
                      .features = features,
                      .offset = offset,
                      .first_token = tokens});
    offset += count * features;
    tokens += count;
  };
  add(tensor.size / piece, piece);
  if (tensor.size % piece > 0) add(1, tensor.size % piece);
  append_indices(tensor, {}, gather);
}

NeuralGraph::NeuralGraph(const Layout& layout, const Symmetry& symmetry) {
  const auto& tensors = layout.tensors();
  std::vector<std::vector<Membership>> memberships(tensors.size());
  for (size_t g = 0; g < symmetry.groups().size(); ++g) {
    for (const UnitAxis& axis : symmetry.groups()[g].axes) {
      memberships[axis.tensor].push_back({g, axis.axis});
    }
  }
  for (auto& m : memberships) {
    std::sort(m.begin(), m.end(), [](auto& a, auto& b) { return a.axis < b.axis; });
  }

  // Tensors of one unit group: per unit, side by side.
  for (size_t g = 0; g < symmetry.groups().size(); ++g) {
    Group group{.units = symmetry.groups()[g].units,
                .offset = static_cast<int64_t>(gather.size()),
                .first_token = tokens};
    std::vector<std::vector<int64_t>> parts;  // each [units * features of the tensor]
    for (size_t t = 0; t < tensors.size(); ++t) {
      if (memberships[t].size() != 1 || memberships[t][0].group != g) continue;
      append_indices(tensors[t], {memberships[t][0].axis}, parts.emplace_back());
      group.features += tensors[t].size / group.units;
    }
    for (int64_t unit = 0; unit < group.units; ++unit) {
      for (const auto& part : parts) {
        const int64_t features = static_cast<int64_t>(part.size()) / group.units;
        gather.insert(gather.end(), part.begin() + unit * features,
                      part.begin() + (unit + 1) * features);
      }
    }
    tokens += group.units;
    groups.push_back(group);
  }

  std::vector<TensorSpec> of_no_unit;
  int64_t total = 0, small = 0;  // numbers in all, and in tensors smaller than a piece
  for (size_t t = 0; t < tensors.size(); ++t) {
    if (!memberships[t].empty()) continue;
    of_no_unit.push_back(tensors[t]);
    total += tensors[t].size;
    if (tensors[t].size < kSmallestPiece) small += tensors[t].size;
  }
  const auto is_cut = [&](const TensorSpec& tensor) {
    return total > kMostGlobals && (tensor.size >= kSmallestPiece || small > kMostGlobals);
  };
  for (const TensorSpec& tensor : of_no_unit) {
    if (is_cut(tensor)) cut(tensor, piece_size(tensor, total));
  }
  global_offset = static_cast<int64_t>(gather.size());
  for (const TensorSpec& tensor : of_no_unit) {
    if (is_cut(tensor)) continue;
    append_indices(tensor, {}, gather);
    global_features += tensor.size;
  }
  tokens += 1;

  for (size_t t = 0; t < tensors.size(); ++t) {
    if (memberships[t].size() != 2) continue;
    const Membership to = memberships[t][0], from = memberships[t][1];
    Edge edge{.to = to.group,
              .from = from.group,
              .features = tensors[t].size / (groups[to.group].units * groups[from.group].units),
              .offset = static_cast<int64_t>(gather.size())};
    // Features first: [F, to, from] is what the attention bias multiplies.
    std::vector<int64_t> order;
    const auto rank = static_cast<int64_t>(tensors[t].shape.size());
    for (int64_t axis = 0; axis < rank; ++axis) {
      if (axis != to.axis && axis != from.axis) order.push_back(axis);
    }
    order.push_back(to.axis);
    order.push_back(from.axis);
    append_indices(tensors[t], order, gather);
    edges.push_back(edge);
  }

  check(static_cast<int64_t>(gather.size()) == layout.parameters(), "neural graph covers θ once");
  scatter.resize(gather.size());
  for (size_t i = 0; i < gather.size(); ++i) {
    scatter[static_cast<size_t>(gather[i])] = static_cast<int64_t>(i);
  }
}

}  // namespace saltus
