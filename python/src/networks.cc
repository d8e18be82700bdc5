#include "networks.h"

#include <torch/torch.h>

#include <algorithm>

#include "saltus/base/error.h"

namespace saltus {
namespace {

// The tensor of that name, or undefined.
at::Tensor tensor_in(const py::dict& network, const std::string& name) {
  const py::str key(name);
  if (!network.contains(key)) return {};
  const py::object value = network[key];
  if (!THPVariable_Check(value.ptr())) {
    fail("network: '{}': expected a torch.Tensor, found {}", name,
         py::str(py::type::of(value)).cast<std::string>());
  }
  return THPVariable_Unpack(value.ptr());
}

std::string shape_text(at::IntArrayRef shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

bool fits(const at::Tensor& tensor, const TensorSpec& spec) {
  return tensor.defined() && tensor.sizes() == at::IntArrayRef(spec.shape) &&
         tensor.is_floating_point();
}

// What keeps a dict from being a network of the layout.
std::vector<std::string> problems_of(const Layout& layout, const py::dict& network) {
  std::vector<std::string> problems;
  for (const TensorSpec& spec : layout.tensors()) {
    const at::Tensor tensor = tensor_in(network, spec.name);
    if (fits(tensor, spec)) continue;
    if (!tensor.defined()) {
      problems.push_back(fmt::format("missing tensor {} {}", spec.name, shape_text(spec.shape)));
    } else if (tensor.is_floating_point()) {
      problems.push_back(fmt::format("tensor {}: expected shape {}, found {}", spec.name,
                                     shape_text(spec.shape), shape_text(tensor.sizes())));
    } else {
      problems.push_back(fmt::format("tensor {}: expected floats, found {}", spec.name,
                                     toString(tensor.scalar_type())));
    }
  }
  for (const auto& [key, value] : network) {
    const auto name = py::cast<std::string>(key);
    const auto& tensors = layout.tensors();
    if (std::ranges::count(tensors, name, &TensorSpec::name) > 0) continue;
    const at::Tensor tensor = tensor_in(network, name);
    if (tensor.is_floating_point()) {
      problems.push_back(fmt::format("unexpected tensor {} {}", name, shape_text(tensor.sizes())));
    }
  }
  return problems;
}

// Fills row [P]; false when the dict is no network of the layout.
bool pack_network(const Layout& layout, const py::dict& network, float* row) {
  size_t extra = network.size();
  for (const TensorSpec& spec : layout.tensors()) {
    const at::Tensor tensor = tensor_in(network, spec.name);
    if (!fits(tensor, spec)) return false;
    --extra;
    if (tensor.is_cpu() && tensor.scalar_type() == at::kFloat && tensor.is_contiguous()) {
      std::copy_n(tensor.const_data_ptr<float>(), spec.size, row + spec.offset);
    } else {
      at::from_blob(row + spec.offset, spec.shape, at::kFloat).copy_(tensor);
    }
  }
  return extra == 0 || problems_of(layout, network).empty();
}

}  // namespace

at::Tensor pack_networks(const Layout& layout, const std::vector<py::dict>& networks) {
  const torch::NoGradGuard no_grad;
  at::Tensor theta = at::empty({static_cast<int64_t>(networks.size()), layout.parameters()});
  for (size_t k = 0; k < networks.size(); ++k) {
    if (pack_network(
            layout, networks[k],
            theta.mutable_data_ptr<float>() + static_cast<int64_t>(k) * layout.parameters())) {
      continue;
    }
    fail("network {}: expected the tensors of the layout: {}", k,
         fmt::join(problems_of(layout, networks[k]), "; "));
  }
  // A row's extremes are finite when all of it is; theta.isfinite() costs ten times as much.
  const at::Tensor finite = theta.amax(1).isfinite().logical_and(theta.amin(1).isfinite());
  if (!finite.all().item<bool>()) {
    fail("network {}: expected finite parameters, found NaN or infinity",
         finite.logical_not().nonzero()[0].item<int64_t>());
  }
  return theta;
}

py::list unpack_networks(const Layout& layout, const at::Tensor& theta,
                         const std::vector<py::dict>& networks) {
  const torch::NoGradGuard no_grad;
  std::vector<py::str> names;
  for (const TensorSpec& spec : layout.tensors()) names.emplace_back(spec.name);
  const auto rows = static_cast<size_t>(theta.size(0));
  const size_t samples = rows / networks.size();
  py::list updated;
  for (size_t k = 0; k < rows; ++k) {
    py::dict network = networks[k / samples].attr("copy")().cast<py::dict>();
    const at::Tensor own = theta[static_cast<int64_t>(k)].clone();
    for (size_t t = 0; t < names.size(); ++t) {
      const TensorSpec& spec = layout.tensors()[t];
      network[names[t]] = own.narrow(0, spec.offset, spec.size).view(spec.shape);
    }
    updated.append(std::move(network));
  }
  return updated;
}

}  // namespace saltus
