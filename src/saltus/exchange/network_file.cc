#include "saltus/exchange/network_file.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "saltus/base/error.h"
#include "saltus/base/file.h"
#include "saltus/formats/checkpoint_file.h"
#include "saltus/formats/numbers.h"

namespace saltus {
namespace {

namespace fs = std::filesystem;

std::string shape_text(const std::vector<int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

// What keeps the file's tensors from being a network of the layout; empty when nothing does.
std::vector<std::string> mismatches(const StoredCheckpoint& file, const Layout& layout) {
  std::vector<std::string> found;
  std::set<std::string> known;
  for (const TensorSpec& spec : layout.tensors()) {
    known.insert(spec.name);
    const StridedTensor* tensor = file.find(spec.name);
    if (tensor == nullptr) {
      found.push_back(fmt::format("missing tensor {} {}", spec.name, shape_text(spec.shape)));
    } else if (tensor->shape != spec.shape) {
      found.push_back(fmt::format("tensor {}: expected shape {}, found {}", spec.name,
                                  shape_text(spec.shape), shape_text(tensor->shape)));
    } else if (!is_float(tensor->dtype)) {
      found.push_back(fmt::format("tensor {}: expected floats, found {}", spec.name,
                                  dtype_name(tensor->dtype)));
    }
  }
  for (const StridedTensor& tensor : file.tensors) {
    // Integers beside the parameters are counters, as a batch normalisation's.
    if (!known.contains(tensor.name) && is_float(tensor.dtype)) {
      found.push_back(
          fmt::format("unexpected tensor {} {}", tensor.name, shape_text(tensor.shape)));
    }
  }
  return found;
}

}  // namespace

std::vector<float> read_network(const std::filesystem::path& path, const Layout& layout) {
  const StoredCheckpoint file = read_checkpoint(path);
  const std::vector<std::string> problems = mismatches(file, layout);
  if (!problems.empty()) {
    fail("start network {}: does not fit the generator's networks: {}", path.string(),
         fmt::join(problems, "; "));
  }
  std::vector<float> theta(static_cast<size_t>(layout.parameters()));
  for (const TensorSpec& spec : layout.tensors()) {
    const auto part =
        std::span(theta).subspan(static_cast<size_t>(spec.offset), static_cast<size_t>(spec.size));
    copy_floats(*file.find(spec.name), part);
    if (!std::ranges::all_of(part, [](float value) { return std::isfinite(value); })) {
      fail("start network {}: tensor {}: expected finite values, found NaN or infinity",
           path.string(), spec.name);
    }
  }
  return theta;
}

void write_network(const fs::path& file, const Layout& layout, std::span<const float> theta,
                   const Metadata& metadata) {
  std::vector<TensorView> tensors;
  for (const TensorSpec& spec : layout.tensors()) {
    const auto part =
        theta.subspan(static_cast<size_t>(spec.offset), static_cast<size_t>(spec.size));
    tensors.push_back({spec.name, Dtype::F32, spec.shape, std::as_bytes(part)});
  }
  const std::string ending = file.extension().string();
  write_file(file, encode_checkpoint(ending.empty() ? "" : ending.substr(1), tensors, metadata));
}

}  // namespace saltus
