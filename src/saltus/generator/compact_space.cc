#include "saltus/generator/compact_space.h"

#include <ATen/ops/linalg_eigh.h>

#include <algorithm>

#include "saltus/base/error.h"

namespace saltus {
namespace {

// Least square of what lies outside the basis: of a start exactly inside it there is nothing to
// scale, and a root at 0 has no slope.
constexpr double kTiny = 1e-12;

struct RotatedLayer {
  size_t weight, bias;  // indices into the layout
};

// The first weight [units, inputs] with a bias whose rows, and nothing else, belong to one group.
std::optional<RotatedLayer> find_rotated_layer(const Layout& layout, const Symmetry& symmetry,
                                               int64_t directions) {
  if (directions == 0) return std::nullopt;
  const auto& tensors = layout.tensors();
  for (size_t t = 0; t < tensors.size(); ++t) {
    const TensorSpec& weight = tensors[t];
    if (weight.shape.size() != 2 || !weight.name.ends_with(".weight")) continue;
    if (weight.shape[1] + 1 <= directions) return std::nullopt;
    const std::string bias = weight.name.substr(0, weight.name.size() - 6) + "bias";
    const auto found = std::ranges::find(tensors, bias, &TensorSpec::name);
    if (found == tensors.end()) return std::nullopt;
    const auto b = static_cast<size_t>(found - tensors.begin());
    int64_t claims = 0;
    for (const UnitGroup& group : symmetry.groups()) {
      for (const UnitAxis& axis : group.axes) claims += axis.tensor == t ? 1 : 0;
    }
    if (claims != 1) return std::nullopt;
    return RotatedLayer{t, b};
  }
  return std::nullopt;
}

}  // namespace

InputDirections input_directions(const at::Tensor& inputs, int64_t d) {
  const at::Tensor x = at::cat({inputs, at::ones({inputs.size(0), 1}, inputs.options())}, 1);
  const at::Tensor moment = at::mm(x.t(), x).to(at::kDouble) / static_cast<double>(inputs.size(0));
  const auto [values, vectors] = at::linalg_eigh(moment);  // ascending
  return {.basis = vectors.flip(1).narrow(1, 0, d).to(at::kFloat).contiguous(),
          .variance = values.flip(0).narrow(0, 0, d).clamp_min(0).to(at::kFloat)};
}

CompactSpace::CompactSpace(const Layout& layout, const Symmetry& symmetry, int64_t directions,
                           bool kernel_cosines)
    : layout_(layout), symmetry_(symmetry) {
  rotate_first_layer(directions);
  if (kernel_cosines) cosines_ = KernelCosines(layout_, symmetry_);
}

void CompactSpace::rotate_first_layer(int64_t directions) {
  const Layout layout = layout_;
  const auto rotated = find_rotated_layer(layout, symmetry_, directions);
  if (!rotated) return;
  weight_ = layout.tensors()[rotated->weight];
  bias_ = layout.tensors()[rotated->bias];
  inputs_ = weight_.shape[1];
  std::vector<TensorSpec> tensors{{.name = weight_.name, .shape = {weight_.shape[0], directions}}};
  std::vector<size_t> place(layout.tensors().size(), 0);  // of old tensors in the new layout
  for (size_t t = 0; t < layout.tensors().size(); ++t) {
    if (t == rotated->weight || t == rotated->bias) continue;
    place[t] = tensors.size();
    tensors.push_back(layout.tensors()[t]);
  }
  tensors.push_back({.name = "rest", .shape = {1}});
  std::vector<UnitGroup> groups = symmetry_.groups();
  for (UnitGroup& group : groups) {
    std::erase_if(group.axes, [&](const UnitAxis& a) { return a.tensor == rotated->bias; });
    for (UnitAxis& axis : group.axes) axis.tensor = place[axis.tensor];
  }
  layout_ = Layout(std::move(tensors));
  symmetry_ = Symmetry(layout_, std::move(groups));
}

at::Tensor CompactSpace::rows(const at::Tensor& theta) const {
  const int64_t batch = theta.size(0), units = weight_.shape[0];
  return at::cat({theta.narrow(1, weight_.offset, weight_.size).view({batch, units, *inputs_}),
                  theta.narrow(1, bias_.offset, bias_.size).view({batch, units, 1})},
                 2);
}

// Everything but the rotated layer, in order.
at::Tensor CompactSpace::others(const at::Tensor& theta) const {
  const TensorSpec &a = weight_.offset < bias_.offset ? weight_ : bias_,
                   &b = weight_.offset < bias_.offset ? bias_ : weight_;
  const int64_t between = a.offset + a.size, after = b.offset + b.size;
  return at::cat({theta.narrow(1, 0, a.offset), theta.narrow(1, between, b.offset - between),
                  theta.narrow(1, after, theta.size(1) - after)},
                 1);
}

at::Tensor CompactSpace::coordinates(const at::Tensor& theta, const at::Tensor& basis) const {
  if (!inputs_) return cosines_.apply(theta);
  const at::Tensor r = rows(theta), inside = at::matmul(r, basis);
  const at::Tensor rest = (r.square().mean({1, 2}) - inside.square().sum({1, 2}) / r[0].numel())
                              .clamp_min(kTiny)
                              .sqrt();
  return cosines_.apply(at::cat({inside.flatten(1), others(theta), rest.unsqueeze(1)}, 1));
}

at::Tensor CompactSpace::difference(const at::Tensor& target, const at::Tensor& start,
                                    const at::Tensor& basis) const {
  if (!inputs_) return cosines_.apply(target - start);
  const at::Tensor t = rows(target), s = rows(start);
  const at::Tensor inside_t = at::matmul(t, basis), inside_s = at::matmul(s, basis);
  // <outside t, outside s> = <t, s> - <inside t, inside s>: the basis is orthonormal.
  const auto outside = [](const at::Tensor& a, const at::Tensor& b, const at::Tensor& inside_a,
                          const at::Tensor& inside_b) {
    return (a * b).sum({1, 2}) - (inside_a * inside_b).sum({1, 2});
  };
  // A small difference of large sums: of a start that lies within the directions it is rounding
  // alone, and of nothing no share can grow.
  constexpr double kRounding = 1e-5;
  const at::Tensor own = outside(s, s, inside_s, inside_s);
  const at::Tensor nothing = own <= (kRounding * s.square().sum({1, 2})).clamp_min(kTiny);
  const at::Tensor rest = (outside(t, s, inside_t, inside_s) / own - 1).masked_fill(nothing, 0);
  return cosines_.apply(at::cat(
      {(inside_t - inside_s).flatten(1), others(target) - others(start), rest.unsqueeze(1)}, 1));
}

at::Tensor CompactSpace::over_units(const at::Tensor& x) const {
  constexpr double kFading = 1e-4;
  const at::Tensor squares = x.square();
  std::vector<at::Tensor> sizes;
  for (size_t t = 0; t < layout_.tensors().size(); ++t) {
    const TensorSpec& spec = layout_.tensors()[t];
    std::vector<int64_t> shape = spec.shape, axes;
    for (const UnitGroup& group : symmetry_.groups()) {
      for (const UnitAxis& axis : group.axes) {
        if (axis.tensor == t) axes.push_back(axis.axis + 1);
      }
    }
    if (axes.empty()) continue;
    shape.insert(shape.begin(), x.size(0));
    const at::Tensor mean = squares.narrow(1, spec.offset, spec.size).view(shape).mean(axes);
    sizes.push_back((mean.reshape({x.size(0), -1}) + kFading).sqrt());
  }
  return sizes.empty() ? at::Tensor() : at::cat(sizes, 1);
}

at::Tensor CompactSpace::move(const at::Tensor& start, const at::Tensor& difference,
                              const at::Tensor& basis) const {
  const at::Tensor moves = cosines_.undo(difference);
  if (!inputs_) return start + moves;
  const int64_t batch = start.size(0), units = weight_.shape[0], d = basis.size(1);
  const at::Tensor s = rows(start);
  const at::Tensor outside = s - at::matmul(at::matmul(s, basis), basis.t());
  const at::Tensor rest = moves.narrow(1, moves.size(1) - 1, 1).unsqueeze(2);
  const at::Tensor moved =
      s + at::matmul(moves.narrow(1, 0, units * d).view({batch, units, d}), basis.t()) +
      rest * outside;
  const at::Tensor other =
      others(start) + moves.narrow(1, units * d, moves.size(1) - units * d - 1);
  // Back in θ's order: what lies before, between and after the rotated layer's two tensors.
  const bool weight_first = weight_.offset < bias_.offset;
  const TensorSpec &a = weight_first ? weight_ : bias_, &b = weight_first ? bias_ : weight_;
  const at::Tensor weight = moved.narrow(2, 0, *inputs_).flatten(1),
                   bias = moved.narrow(2, *inputs_, 1).flatten(1);
  const int64_t between = b.offset - a.offset - a.size;
  return at::cat({other.narrow(1, 0, a.offset), weight_first ? weight : bias,
                  other.narrow(1, a.offset, between), weight_first ? bias : weight,
                  other.narrow(1, a.offset + between, other.size(1) - a.offset - between)},
                 1);
}

}  // namespace saltus
