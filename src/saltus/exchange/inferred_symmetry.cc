#include "saltus/exchange/inferred_symmetry.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <numeric>

#include "saltus/base/error.h"
#include "saltus/exchange/path_pattern.h"

namespace saltus {
namespace {

// Parts of names of what is not one layer after the other.
constexpr std::array<std::string_view, 16> kOtherParts = {
    "attn", "attention", "in_proj", "embed",    "pos_emb",    "weight_ih",   "weight_hh", "lstm",
    "gru",  "rnn",       "query",   "shortcut", "downsample", "transformer", "residual",  "lora"};

struct SequentialLayer {
  size_t weight = 0;
  std::vector<size_t> vectors;  // bias, normalisation: one number an output
  int64_t inputs = 0, outputs = 0;
  bool linear = false;
};

std::string lower_case(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  }
  return out;
}

// "features.0.weight" -> "features.0"
std::string layer_name(const std::string& tensor) {
  const size_t dot = tensor.rfind('.');
  return dot == tensor.npos ? tensor : tensor.substr(0, dot);
}

// The tensors in the order of layers, each layer's weight before its vectors.
std::vector<size_t> layer_order(const Layout& layout) {
  const auto& tensors = layout.tensors();
  std::vector<size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), size_t{0});
  if (std::ranges::is_sorted(tensors, {}, &TensorSpec::name)) {
    std::ranges::stable_sort(order, [&](size_t a, size_t b) {
      return natural_less(layer_name(tensors[a].name), layer_name(tensors[b].name));
    });
  }
  // A bias may stand before its weight.
  for (size_t i = 0; i + 1 < order.size(); ++i) {
    const TensorSpec &first = tensors[order[i]], &second = tensors[order[i + 1]];
    const bool bias_first = first.shape.size() < 2 && second.shape.size() >= 2 &&
                            layer_name(first.name) == layer_name(second.name);
    if (bias_first) std::swap(order[i], order[i + 1]);
  }
  return order;
}

}  // namespace

InferredSymmetry infer_symmetry(const Layout& layout) {
  const auto none = [](std::string reason) { return InferredSymmetry{{}, std::move(reason)}; };
  std::vector<SequentialLayer> layers;
  for (const size_t t : layer_order(layout)) {
    const TensorSpec& tensor = layout.tensors()[t];
    const std::string name = lower_case(tensor.name);
    for (const std::string_view part : kOtherParts) {
      if (name.find(part) != name.npos) {
        return none(fmt::format("{} is no layer of a sequential network", tensor.name));
      }
    }
    if (tensor.shape.size() >= 2) {
      if (!name.ends_with("weight") || tensor.shape.size() > 5) {
        return none(fmt::format("{} [{}] is not known as the weight of a layer", tensor.name,
                                fmt::join(tensor.shape, ", ")));
      }
      layers.push_back({.weight = t,
                        .vectors = {},
                        .inputs = tensor.shape[1],
                        .outputs = tensor.shape[0],
                        .linear = tensor.shape.size() == 2});
    } else if (tensor.size > 1 || tensor.shape.size() == 1) {
      const bool after = !layers.empty() && tensor.size == layers.back().outputs;
      if (after) {
        layers.back().vectors.push_back(t);
      } else if (tensor.size > 1) {
        return none(fmt::format("{} [{}] belongs to no layer before it", tensor.name, tensor.size));
      }
    }
  }
  std::vector<UnitGroup> groups;
  for (size_t l = 0; l + 1 < layers.size(); ++l) {
    const SequentialLayer &layer = layers[l], &next = layers[l + 1];
    const std::string &name = layout.tensors()[layer.weight].name,
                      &next_name = layout.tensors()[next.weight].name;
    if (next.inputs != layer.outputs) {
      const bool flattened = !layer.linear && next.linear && next.inputs % layer.outputs == 0;
      if (flattened) continue;
      return none(fmt::format("{} has {} inputs, but {} before it has {} outputs", next_name,
                              next.inputs, name, layer.outputs));
    }
    UnitGroup group{layer_name(name), layer.outputs, {{layer.weight, 0}}};
    for (const size_t vector : layer.vectors) group.axes.push_back({vector, 0});
    group.axes.push_back({next.weight, 1});
    groups.push_back(std::move(group));
  }
  if (groups.empty()) return none("there are no two layers, one after the other");
  return {Symmetry(layout, std::move(groups)), ""};
}

}  // namespace saltus
