#include "saltus/generator/tensor_file.h"

#include <fmt/ranges.h>

#include "saltus/base/error.h"
#include "saltus/base/file.h"

namespace saltus {
namespace {

struct DtypePair {
  Dtype file;
  at::ScalarType torch;
};
constexpr DtypePair kDtypes[] = {{Dtype::F32, at::kFloat}, {Dtype::F64, at::kDouble},
                                 {Dtype::F16, at::kHalf},  {Dtype::BF16, at::kBFloat16},
                                 {Dtype::I64, at::kLong},  {Dtype::I32, at::kInt},
                                 {Dtype::U8, at::kByte}};

Dtype file_dtype(at::ScalarType type) {
  for (const DtypePair& pair : kDtypes) {
    if (pair.torch == type) return pair.file;
  }
  fail("tensor file: tensors of type {} cannot be stored", c10::toString(type));
}

at::ScalarType torch_dtype(Dtype type) {
  for (const DtypePair& pair : kDtypes) {
    if (pair.file == type) return pair.torch;
  }
  fail("tensor file: dtype {} is not known", dtype_name(type));
}

}  // namespace

NamedTensors state_of(const torch::nn::Module& module) {
  NamedTensors state;
  for (const auto& entry : module.named_parameters())
    state.emplace_back(entry.key(), entry.value());
  for (const auto& entry : module.named_buffers()) state.emplace_back(entry.key(), entry.value());
  return state;
}

std::string encode_tensors(const NamedTensors& tensors, const Metadata& metadata) {
  std::vector<at::Tensor> kept;  // own the bytes that the views point to
  std::vector<TensorView> views;
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor& t = kept.emplace_back(tensor.detach().to(at::kCPU).contiguous());
    views.push_back({.name = name,
                     .dtype = file_dtype(t.scalar_type()),
                     .shape = t.sizes().vec(),
                     .bytes = {static_cast<const std::byte*>(t.data_ptr()), t.nbytes()}});
  }
  return encode_safetensors(views, metadata);
}

uint64_t state_hash(const torch::nn::Module& module) {
  const std::string bytes = encode_tensors(state_of(module), {});
  return hash_bytes(std::as_bytes(std::span(bytes)));
}

at::Tensor tensor_of(const TensorView& view) {
  at::Tensor tensor = at::empty(view.shape, torch_dtype(view.dtype));
  check(tensor.nbytes() == view.bytes.size(), "tensor view has the size of its shape");
  std::copy(view.bytes.begin(), view.bytes.end(), static_cast<std::byte*>(tensor.data_ptr()));
  return tensor;
}

void load_state(const SafetensorsFile& file, torch::nn::Module& module) {
  const torch::NoGradGuard no_grad;
  std::vector<std::string> problems;
  size_t found = 0;
  for (auto& [name, tensor] : state_of(module)) {
    const TensorView* view = file.find(name);
    if (view == nullptr) {
      problems.push_back(fmt::format("{} is missing", name));
      continue;
    }
    ++found;
    if (view->shape != tensor.sizes().vec()) {
      problems.push_back(fmt::format("{}: expected shape [{}], found [{}]", name,
                                     fmt::join(tensor.sizes(), ", "),
                                     fmt::join(view->shape, ", ")));
      continue;
    }
    at::Tensor target = tensor;
    target.copy_(tensor_of(*view));
  }
  if (problems.empty() && found < file.tensors().size()) {
    const auto state = state_of(module);
    for (const TensorView& view : file.tensors()) {
      const bool known = std::any_of(state.begin(), state.end(),
                                     [&](const auto& entry) { return entry.first == view.name; });
      if (!known) problems.push_back(fmt::format("{} is unexpected", view.name));
    }
  }
  if (!problems.empty()) {
    fail("load {}: the tensors do not fit: {}", file.path().string(), fmt::join(problems, "; "));
  }
}

}  // namespace saltus
