#include "saltus/base/safetensors.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <numeric>
#include <set>
#include <type_traits>

#include "saltus/base/error.h"
#include "saltus/base/json.h"

namespace saltus {
namespace {

constexpr uint64_t kMaximumHeader = 100'000'000;  // the limit of the reference implementation

struct DtypeInfo {
  Dtype dtype;
  std::string_view name;
  size_t size;
};
constexpr std::array<DtypeInfo, 10> kDtypes = {{{Dtype::F64, "F64", 8},
                                                {Dtype::F32, "F32", 4},
                                                {Dtype::F16, "F16", 2},
                                                {Dtype::BF16, "BF16", 2},
                                                {Dtype::I64, "I64", 8},
                                                {Dtype::I32, "I32", 4},
                                                {Dtype::I16, "I16", 2},
                                                {Dtype::I8, "I8", 1},
                                                {Dtype::U8, "U8", 1},
                                                {Dtype::BOOL, "BOOL", 1}}};

std::string dtype_names() {
  std::vector<std::string_view> names;
  for (const DtypeInfo& dtype : kDtypes) names.push_back(dtype.name);
  return fmt::format("one of {}", fmt::join(names, ", "));
}

const DtypeInfo& info(Dtype dtype) { return kDtypes[static_cast<size_t>(dtype)]; }

std::string shape_text(const std::vector<int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

// Bytes of a tensor; false when the product does not fit an int64.
bool tensor_bytes(Dtype dtype, const std::vector<int64_t>& shape, int64_t& bytes) {
  bytes = static_cast<int64_t>(dtype_size(dtype));
  for (int64_t n : shape) {
    if (n < 0 || __builtin_mul_overflow(bytes, n, &bytes)) return false;
  }
  return true;
}

// Parses the header, refusing names that occur twice (a plain parser keeps the last one).
Json parse_header(std::string_view text, const std::string& path) {
  std::set<std::string> names;
  std::string twice;
  const auto on_event = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::key && depth == 1 &&
        !names.insert(parsed.get<std::string>()).second) {
      twice = parsed.get<std::string>();
    }
    return true;
  };
  Json header;
  try {
    header = Json::parse(text, on_event);
  } catch (const Json::exception& error) {
    fail("open {}: safetensors header: expected valid JSON, found a fault: {}", path, error.what());
  }
  if (!header.is_object()) fail("open {}: safetensors header: expected an object", path);
  if (!twice.empty()) fail("open {}: tensor '{}' is in the header twice", path, twice);
  return header;
}

Metadata parse_metadata(const Json& json, const std::string& path) {
  if (!json.is_object()) fail("open {}: __metadata__: expected an object of strings", path);
  Metadata metadata;
  for (const auto& [key, value] : json.items()) {
    if (!value.is_string()) fail("open {}: __metadata__ '{}': expected a string", path, key);
    metadata[key] = value.get<std::string>();
  }
  return metadata;
}

// One header entry, checked against the data section it points into.
TensorView parse_tensor(const std::string& name, const Json& json, std::span<const std::byte> data,
                        const std::string& path) {
  const std::string where = fmt::format("open {}: tensor '{}'", path, name);
  TensorView tensor;
  tensor.name = name;
  const auto dtype = json_get<std::string>(json, "dtype", where);
  const auto* known = std::ranges::find(kDtypes, dtype, &DtypeInfo::name);
  if (known == kDtypes.end()) {
    fail("{}: expected dtype {}, found '{}'", where, dtype_names(), dtype);
  }
  tensor.dtype = known->dtype;
  for (const Json& n : json_get<Json>(json, "shape", where)) {
    const bool fits = n.is_number_unsigned() &&
                      n.get<uint64_t>() <= uint64_t{std::numeric_limits<int64_t>::max()};
    if (!fits) fail("{}: expected a shape of integers >= 0, found {}", where, json_excerpt(n));
    tensor.shape.push_back(n.get<int64_t>());
  }
  const Json& offsets = json_at(json, "data_offsets", where);
  if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
      !offsets[1].is_number_unsigned()) {
    fail("{}: expected data_offsets [begin, end], found {}", where, json_excerpt(offsets));
  }
  const auto begin = offsets[0].get<uint64_t>();
  const auto end = offsets[1].get<uint64_t>();
  if (begin > end || end > data.size()) {
    fail(
        "{}: expected data_offsets within {} bytes of data, found [{}, {}]; the file is truncated "
        "or damaged",
        where, data.size(), begin, end);
  }
  int64_t bytes = 0;
  if (!tensor_bytes(tensor.dtype, tensor.shape, bytes) ||
      static_cast<uint64_t>(bytes) != end - begin) {
    fail("{}: {} {} does not fit the {} bytes its data_offsets span", where, dtype,
         shape_text(tensor.shape), end - begin);
  }
  tensor.bytes = data.subspan(begin, end - begin);
  return tensor;
}

template <typename T>
constexpr Dtype dtype_of() {
  if constexpr (std::is_same_v<T, double>) return Dtype::F64;
  if constexpr (std::is_same_v<T, float>) return Dtype::F32;
  if constexpr (std::is_same_v<T, int64_t>) return Dtype::I64;
  if constexpr (std::is_same_v<T, int32_t>) return Dtype::I32;
  return Dtype::U8;
}

}  // namespace

size_t dtype_size(Dtype dtype) { return info(dtype).size; }
std::string_view dtype_name(Dtype dtype) { return info(dtype).name; }

Dtype dtype_from_name(std::string_view name) {
  const auto* known = std::ranges::find(kDtypes, name, &DtypeInfo::name);
  if (known == kDtypes.end()) {
    fail("dtype: expected {}, found '{}'", dtype_names(), name);
  }
  return known->dtype;
}

int64_t TensorView::elements() const {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

template <typename T>
std::span<const T> TensorView::as() const {
  if (dtype != dtype_of<T>()) {
    fail("tensor '{}': expected {}, found {}", name, dtype_name(dtype_of<T>()), dtype_name(dtype));
  }
  if (reinterpret_cast<uintptr_t>(bytes.data()) % alignof(T) != 0) {
    fail(
        "tensor '{}': its data is not aligned to {} bytes in the file; write the file again with "
        "the safetensors library",
        name, alignof(T));
  }
  return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
}

template std::span<const double> TensorView::as() const;
template std::span<const float> TensorView::as() const;
template std::span<const int64_t> TensorView::as() const;
template std::span<const int32_t> TensorView::as() const;
template std::span<const uint8_t> TensorView::as() const;

std::string encode_safetensors(const std::vector<TensorView>& tensors, const Metadata& metadata) {
  std::vector<const TensorView*> order;
  for (const TensorView& tensor : tensors) order.push_back(&tensor);
  std::ranges::stable_sort(order, std::greater<>(),
                           [](const TensorView* t) { return dtype_size(t->dtype); });

  Json header = Json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  size_t offset = 0;
  for (const TensorView* tensor : order) {
    int64_t bytes = 0;
    check(tensor_bytes(tensor->dtype, tensor->shape, bytes) &&
              static_cast<size_t>(bytes) == tensor->bytes.size(),
          "encode_safetensors: shape and bytes differ");
    check(!header.contains(tensor->name), "encode_safetensors: duplicate name");
    header[tensor->name] = {{"dtype", dtype_name(tensor->dtype)},
                            {"shape", tensor->shape},
                            {"data_offsets", {offset, offset + tensor->bytes.size()}}};
    offset += tensor->bytes.size();
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');

  std::string file(sizeof(uint64_t), '\0');
  for (size_t i = 0; i < sizeof(uint64_t); ++i) {
    file[i] = static_cast<char>(static_cast<uint64_t>(text.size()) >> (8 * i));
  }
  file.reserve(file.size() + text.size() + offset);
  file += text;
  for (const TensorView* tensor : order) {
    file.append(reinterpret_cast<const char*>(tensor->bytes.data()), tensor->bytes.size());
  }
  return file;
}

SafetensorsFile::SafetensorsFile(const fs::path& path) : path_(path), file_(path) {
  const std::span<const std::byte> bytes = file_.bytes();
  if (bytes.size() < sizeof(uint64_t)) {
    fail("open {}: expected a safetensors file, found only {} bytes", path.string(), bytes.size());
  }
  uint64_t length = 0;
  for (size_t i = 0; i < sizeof length; ++i) length |= std::to_integer<uint64_t>(bytes[i]) << 8 * i;
  if (length > kMaximumHeader || length > bytes.size() - sizeof length) {
    fail(
        "open {}: expected a safetensors header within {} bytes, found header length {}; the file "
        "is truncated or no safetensors file",
        path.string(), bytes.size(), length);
  }
  const auto* text = reinterpret_cast<const char*>(bytes.data() + sizeof length);
  const Json header = parse_header({text, length}, path.string());
  const std::span<const std::byte> data = bytes.subspan(sizeof length + length);

  for (const auto& [name, json] : header.items()) {
    if (name == "__metadata__") {
      metadata_ = parse_metadata(json, path.string());
    } else {
      tensors_.push_back(parse_tensor(name, json, data, path.string()));
    }
  }
  // In file order the tensors must tile the data exactly: no gap, no overlap, nothing after.
  std::ranges::stable_sort(tensors_, [](const TensorView& a, const TensorView& b) {
    return std::pair(a.bytes.data(), a.bytes.size()) < std::pair(b.bytes.data(), b.bytes.size());
  });
  size_t end = 0;
  for (const TensorView& tensor : tensors_) {
    const auto begin = static_cast<size_t>(tensor.bytes.data() - data.data());
    if (begin != end) {
      fail("open {}: tensor '{}': expected data at offset {}, found {} (a gap or an overlap)",
           path.string(), tensor.name, end, begin);
    }
    end = begin + tensor.bytes.size();
  }
  if (end != data.size()) {
    fail("open {}: expected {} bytes of tensor data, found {}", path.string(), end, data.size());
  }
}

const TensorView* SafetensorsFile::find(std::string_view name) const {
  const auto found = std::ranges::find(tensors_, name, &TensorView::name);
  return found == tensors_.end() ? nullptr : &*found;
}

const TensorView& SafetensorsFile::at(std::string_view name) const {
  if (const TensorView* tensor = find(name)) return *tensor;
  std::vector<std::string> names;
  for (const TensorView& tensor : tensors_) names.push_back(tensor.name);
  fail("{}: expected a tensor '{}', found {}", path_.string(), name, fmt::join(names, ", "));
}

}  // namespace saltus
