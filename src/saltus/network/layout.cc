#include "saltus/network/layout.h"

#include <algorithm>
#include <numeric>

#include "saltus/base/error.h"
#include "saltus/base/json.h"

namespace saltus {
namespace {

// One axis of a tensor while its gather index is built: where new position i is taken from.
struct Gather {
  int64_t stride = 1;
  std::vector<int64_t> source;
};

// Appends the tensor's gather index by walking its new positions in row-major order.
void append_index(const std::vector<Gather>& axes, size_t axis, int64_t base,
                  std::vector<int64_t>& index) {
  if (axis == axes.size()) {
    index.push_back(base);
    return;
  }
  for (int64_t source : axes[axis].source) {
    append_index(axes, axis + 1, base + source * axes[axis].stride, index);
  }
}

void check_permutation(const UnitGroup& group, const std::vector<int64_t>& permutation) {
  std::vector<bool> seen(static_cast<size_t>(group.units));
  bool sound = permutation.size() == seen.size();
  for (size_t u = 0; sound && u < permutation.size(); ++u) {
    const int64_t old = permutation[u];
    sound = old >= 0 && old < group.units && !seen[static_cast<size_t>(old)];
    if (sound) seen[static_cast<size_t>(old)] = true;
  }
  if (!sound) {
    fail("permute units of group '{}': expected a permutation of 0..{}, found [{}]", group.name,
         group.units - 1, fmt::join(permutation, ", "));
  }
}

}  // namespace

Layout::Layout(std::vector<TensorSpec> tensors) : tensors_(std::move(tensors)) {
  for (size_t i = 0; i < tensors_.size(); ++i) {
    TensorSpec& tensor = tensors_[i];
    tensor.offset = parameters_;
    tensor.size = 1;
    for (int64_t n : tensor.shape) {
      if (n < 1 || __builtin_mul_overflow(tensor.size, n, &tensor.size)) {
        fail("layout: tensor '{}': expected dimensions >= 1 of a reasonable product, found [{}]",
             tensor.name, fmt::join(tensor.shape, ", "));
      }
    }
    if (__builtin_add_overflow(parameters_, tensor.size, &parameters_)) {
      fail("layout: tensor '{}': the number of parameters overflows", tensor.name);
    }
    for (size_t j = 0; j < i; ++j) {
      if (tensors_[j].name == tensor.name) {
        fail("layout: tensor '{}': expected unique names, found it twice", tensor.name);
      }
    }
  }
}

size_t Layout::index(std::string_view name) const {
  const auto found = std::ranges::find(tensors_, name, &TensorSpec::name);
  if (found == tensors_.end()) {
    std::vector<std::string> names;
    for (const TensorSpec& tensor : tensors_) names.push_back(tensor.name);
    fail("layout: expected a tensor '{}', found {}", name, fmt::join(names, ", "));
  }
  return static_cast<size_t>(found - tensors_.begin());
}

Json Layout::to_json() const {
  Json json = Json::array();
  for (const TensorSpec& tensor : tensors_) {
    json.push_back({{"name", tensor.name}, {"shape", tensor.shape}, {"offset", tensor.offset}});
  }
  return json;
}

Layout Layout::from_json(const Json& json) {
  if (!json.is_array()) fail("layout: expected a list of tensors, found {}", json_excerpt(json));
  std::vector<TensorSpec> tensors;
  for (const Json& entry : json) {
    TensorSpec tensor;
    tensor.name = json_get<std::string>(entry, "name", "layout");
    tensor.shape = json_get<std::vector<int64_t>>(entry, "shape", "layout");
    tensors.push_back(std::move(tensor));
  }
  Layout layout(std::move(tensors));
  for (size_t i = 0; i < json.size(); ++i) {
    const auto offset = json_get<int64_t>(json[i], "offset", "layout");
    if (offset != layout.tensors_[i].offset) {
      fail("layout: tensor '{}': expected offset {}, found {}", layout.tensors_[i].name,
           layout.tensors_[i].offset, offset);
    }
  }
  return layout;
}

bool Layout::operator==(const Layout& other) const {
  return std::ranges::equal(tensors_, other.tensors_, [](const auto& a, const auto& b) {
    return a.name == b.name && a.shape == b.shape;
  });
}

Symmetry::Symmetry(const Layout& layout, std::vector<UnitGroup> groups)
    : groups_(std::move(groups)) {
  std::vector<std::pair<size_t, int64_t>> claimed;
  for (const UnitGroup& group : groups_) {
    for (const UnitAxis& axis : group.axes) {
      if (axis.tensor >= layout.tensors().size()) {
        fail("symmetry: group '{}': expected a tensor below {}, found {}", group.name,
             layout.tensors().size(), axis.tensor);
      }
      const TensorSpec& tensor = layout.tensors()[axis.tensor];
      if (axis.axis < 0 || axis.axis >= static_cast<int64_t>(tensor.shape.size())) {
        fail("symmetry: group '{}': tensor '{}' has {} axes, found axis {}", group.name,
             tensor.name, tensor.shape.size(), axis.axis);
      }
      const int64_t size = tensor.shape[static_cast<size_t>(axis.axis)];
      if (size != group.units) {
        fail("symmetry: group '{}': expected {} units along axis {} of '{}', found {}", group.name,
             group.units, axis.axis, tensor.name, size);
      }
      const std::pair claim(axis.tensor, axis.axis);
      if (std::ranges::find(claimed, claim) != claimed.end()) {
        fail("symmetry: group '{}': axis {} of '{}' is claimed twice", group.name, axis.axis,
             tensor.name);
      }
      claimed.push_back(claim);
    }
  }
}

std::vector<int64_t> Symmetry::gather_index(
    const Layout& layout, const std::vector<std::vector<int64_t>>& permutations) const {
  if (permutations.size() != groups_.size()) {
    fail("permute units: expected {} permutations, found {}", groups_.size(), permutations.size());
  }
  std::vector<std::vector<Gather>> gathers;
  for (const TensorSpec& tensor : layout.tensors()) {
    std::vector<Gather>& axes = gathers.emplace_back(tensor.shape.size());
    int64_t stride = 1;
    for (size_t a = tensor.shape.size(); a-- > 0; stride *= tensor.shape[a]) {
      axes[a].stride = stride;
      axes[a].source.resize(static_cast<size_t>(tensor.shape[a]));
      std::iota(axes[a].source.begin(), axes[a].source.end(), int64_t{0});
    }
  }
  for (size_t g = 0; g < groups_.size(); ++g) {
    check_permutation(groups_[g], permutations[g]);
    for (const UnitAxis& axis : groups_[g].axes) {
      gathers.at(axis.tensor).at(static_cast<size_t>(axis.axis)).source = permutations[g];
    }
  }
  std::vector<int64_t> index;
  index.reserve(static_cast<size_t>(layout.parameters()));
  for (size_t t = 0; t < gathers.size(); ++t) {
    append_index(gathers[t], 0, layout.tensors()[t].offset, index);
  }
  return index;
}

Json Symmetry::to_json(const Layout& layout) const {
  Json json = Json::array();
  for (const UnitGroup& group : groups_) {
    Json axes = Json::array();
    for (const UnitAxis& axis : group.axes) {
      axes.push_back({{"tensor", layout.tensors()[axis.tensor].name}, {"axis", axis.axis}});
    }
    json.push_back({{"name", group.name}, {"units", group.units}, {"axes", axes}});
  }
  return json;
}

Symmetry Symmetry::from_json(const Layout& layout, const Json& json) {
  if (!json.is_array()) fail("symmetry: expected a list of groups, found {}", json_excerpt(json));
  std::vector<UnitGroup> groups;
  for (const Json& entry : json) {
    UnitGroup group;
    group.name = json_get<std::string>(entry, "name", "symmetry");
    group.units = json_get<int64_t>(entry, "units", "symmetry");
    for (const Json& axis : json_get<Json>(entry, "axes", "symmetry")) {
      group.axes.push_back({layout.index(json_get<std::string>(axis, "tensor", "symmetry axis")),
                            json_get<int64_t>(axis, "axis", "symmetry axis")});
    }
    groups.push_back(std::move(group));
  }
  return Symmetry(layout, std::move(groups));
}

}  // namespace saltus
