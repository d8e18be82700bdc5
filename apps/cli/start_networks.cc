#include "start_networks.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "saltus/base/error.h"
#include "saltus/base/options.h"
#include "saltus/generator/tensor_file.h"

namespace saltus {
namespace {

constexpr std::string_view kInit = "init:";

std::string shape_text(const std::vector<int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

// What keeps the file's tensors from being a network of the layout; empty when nothing does.
std::vector<std::string> mismatches(const SafetensorsFile& file, const Layout& layout) {
  std::vector<std::string> found;
  std::set<std::string> known;
  for (const TensorSpec& spec : layout.tensors()) {
    known.insert(spec.name);
    const TensorView* view = file.find(spec.name);
    if (view == nullptr) {
      found.push_back(fmt::format("missing tensor {} {}", spec.name, shape_text(spec.shape)));
    } else if (view->shape != spec.shape) {
      found.push_back(fmt::format("tensor {}: expected shape {}, found {}", spec.name,
                                  shape_text(spec.shape), shape_text(view->shape)));
    } else if (!c10::isFloatingType(tensor_of(*view).scalar_type())) {
      found.push_back(
          fmt::format("tensor {}: expected floats, found {}", spec.name, dtype_name(view->dtype)));
    }
  }
  for (const TensorView& view : file.tensors()) {
    if (!known.contains(view.name)) {
      found.push_back(fmt::format("unexpected tensor {} {}", view.name, shape_text(view.shape)));
    }
  }
  return found;
}

struct InitSpecification {
  int64_t seed = 0, count = 1, first = 0;
  std::string scheme = "orthogonal";

  Options options() {
    Options options;
    options.add("seed", seed, "of the draws", {0, 1e15});
    options.add("scheme", scheme, "initialiser");
    options.add("count", count, "networks", {1, 1e6});
    options.add("first", first, "index of the first network", {0, 1e12});
    return options;
  }
};

std::vector<StartNetwork> draw_starts(std::string_view text, const Task& task) {
  try {
    InitSpecification specification;
    Options options = specification.options();
    std::string_view rest = text.substr(kInit.size());
    while (!rest.empty()) {
      const size_t comma = std::min(rest.find(','), rest.size());
      options.assign(rest.substr(0, comma));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    const auto& [seed, count, first, scheme] = specification;
    std::string file_name = scheme;
    std::ranges::replace(file_name, ':', '-');
    std::vector<StartNetwork> starts;
    for (int64_t index = first; index < first + count; ++index) {
      starts.push_back(
          {fmt::format("{}-seed{}-{}", file_name, seed, index),
           fmt::format("init:seed={},scheme={},first={}", seed, scheme, index),
           task.fresh_network(scheme, static_cast<uint64_t>(seed), static_cast<uint64_t>(index))});
    }
    return starts;
  } catch (const Error& error) {
    fail("--from {}: {}", text, error.what());
  }
}

}  // namespace

std::vector<float> read_network(const std::filesystem::path& path, const Layout& layout) {
  const SafetensorsFile file(path);
  const std::vector<std::string> problems = mismatches(file, layout);
  if (!problems.empty()) {
    fail("start network {}: does not fit the generator's networks: {}", path.string(),
         fmt::join(problems, "; "));
  }
  std::vector<float> theta(static_cast<size_t>(layout.parameters()));
  for (const TensorSpec& spec : layout.tensors()) {
    const at::Tensor values = tensor_of(file.at(spec.name)).to(at::kFloat).contiguous();
    std::copy_n(values.const_data_ptr<float>(), spec.size, theta.begin() + spec.offset);
    const auto part =
        std::span(theta).subspan(static_cast<size_t>(spec.offset), static_cast<size_t>(spec.size));
    if (!std::ranges::all_of(part, [](float value) { return std::isfinite(value); })) {
      fail("start network {}: tensor {}: expected finite values, found NaN or infinity",
           path.string(), spec.name);
    }
  }
  return theta;
}

void write_network(const std::filesystem::path& file, const Layout& layout,
                   std::span<const float> theta, const Metadata& metadata) {
  std::vector<TensorView> tensors;
  for (const TensorSpec& spec : layout.tensors()) {
    const auto part =
        theta.subspan(static_cast<size_t>(spec.offset), static_cast<size_t>(spec.size));
    tensors.push_back({spec.name, Dtype::F32, spec.shape, std::as_bytes(part)});
  }
  write_file(file, encode_safetensors(tensors, metadata));
}

std::vector<StartNetwork> read_starts(const std::vector<std::string>& from, const Layout& layout,
                                      const Task* task) {
  std::vector<StartNetwork> starts;
  for (const std::string& source : from) {
    if (source.starts_with(kInit)) {
      if (task == nullptr) {
        fail("--from {}: expected a file: saltus does not know how these networks are initialised",
             source);
      }
      std::ranges::move(draw_starts(source, *task), std::back_inserter(starts));
    } else {
      starts.push_back(
          {std::filesystem::path(source).stem().string(), source, read_network(source, layout)});
    }
  }
  std::set<std::string> names;
  for (const StartNetwork& start : starts) {
    if (!names.insert(start.name).second) {
      fail(
          "--from: expected starts of different names, found two called {}; rename a "
          "file, or give init: another seed or first",
          start.name);
    }
  }
  return starts;
}

}  // namespace saltus
