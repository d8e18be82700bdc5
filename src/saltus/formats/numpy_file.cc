#include "saltus/formats/numpy_file.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <deque>
#include <optional>

#include "saltus/base/error.h"
#include "saltus/formats/numbers.h"
#include "saltus/formats/zip_archive.h"
#include "saltus/formats/zip_writer.h"

namespace saltus {
namespace {

constexpr std::string_view kNumpyMagic = "\x93NUMPY";
constexpr size_t kMostArrayAxes = 64;

struct NumpyType {
  std::string_view descr;
  Dtype dtype;
};
constexpr std::array kTypes = {
    NumpyType{"<f8", Dtype::F64}, NumpyType{"<f4", Dtype::F32}, NumpyType{"<f2", Dtype::F16},
    NumpyType{"<i8", Dtype::I64}, NumpyType{"<i4", Dtype::I32}, NumpyType{"<i2", Dtype::I16},
    NumpyType{"|i1", Dtype::I8},  NumpyType{"|u1", Dtype::U8},  NumpyType{"|b1", Dtype::BOOL}};

// The header is a Python dictionary of three known keys: {'descr': '<f4', 'fortran_order': False,
// 'shape': (3, 4), }.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, std::string_view where) : text_(text), where_(where) {}

  void run() {
    expect('{');
    while (!accept('}')) {
      const std::string_view key = quoted();
      expect(':');
      if (key == "descr") {
        descr_ = quoted();
      } else if (key == "fortran_order") {
        fortran_ = word() == "True";
      } else if (key == "shape") {
        shape();
      } else {
        damaged(fmt::format("an unknown key '{}'", key));
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    if (descr_.empty() || !shape_) damaged("a type or shape is missing");
  }

  Dtype dtype() const {
    const auto* found = std::ranges::find(kTypes, descr_, &NumpyType::descr);
    if (found != kTypes.end()) return found->dtype;
    if (descr_.find('O') != descr_.npos) {
      fail("{}: expected numbers, found an array of Python objects, which numpy pickles; refused",
           where_);
    }
    fail("{}: expected numbers of a type as <f4, <f8, <f2 or <i8, found '{}'", where_, descr_);
  }
  bool fortran() const { return fortran_; }
  const std::vector<int64_t>& shape_found() const { return *shape_; }

 private:
  [[noreturn]] void damaged(std::string_view what) const {
    fail("{}: damaged header of an array: {} at character {} of '{}'", where_, what, position_,
         text_.substr(0, 120));
  }
  void skip_spaces() {
    while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\n')) {
      ++position_;
    }
  }
  bool accept(char c) {
    skip_spaces();
    if (position_ == text_.size() || text_[position_] != c) return false;
    ++position_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) damaged(fmt::format("expected {}", c));
  }
  std::string_view quoted() {
    expect('\'');
    const size_t begin = position_, end = text_.find('\'', begin);
    if (end == text_.npos) damaged("a text without end");
    position_ = end + 1;
    return text_.substr(begin, end - begin);
  }
  std::string_view word() {
    skip_spaces();
    const size_t begin = position_;
    while (position_ < text_.size() && std::isalpha(static_cast<unsigned char>(text_[position_]))) {
      ++position_;
    }
    return text_.substr(begin, position_ - begin);
  }
  void shape() {
    shape_.emplace();
    expect('(');
    while (!accept(')')) {
      skip_spaces();
      int64_t value = 0;
      const auto [end, code] =
          std::from_chars(text_.data() + position_, text_.data() + text_.size(), value);
      if (code != std::errc() || value < 0) damaged("expected a size");
      position_ = static_cast<size_t>(end - text_.data());
      shape_->push_back(value);
      if (shape_->size() > kMostArrayAxes) damaged("too many axes");
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
  }

  std::string_view text_, where_;
  size_t position_ = 0;
  std::string_view descr_;
  bool fortran_ = false;
  std::optional<std::vector<int64_t>> shape_;
};

std::vector<int64_t> column_major_strides(const std::vector<int64_t>& shape) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t axis = 1; axis < shape.size(); ++axis) {
    if (__builtin_mul_overflow(strides[axis - 1], shape[axis - 1], &strides[axis])) return {};
  }
  return strides;
}

// Format 1.0: magic, version, u16 length, header padded so that the data is aligned to 64 bytes.
std::string npy_header(const TensorView& tensor) {
  const auto* type = std::ranges::find(kTypes, tensor.dtype, &NumpyType::dtype);
  check(type != kTypes.end(), "npy_header: a type that numpy has");
  std::string shape;
  for (const int64_t n : tensor.shape) shape += fmt::format("{}, ", n);
  std::string text =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", type->descr, shape);
  const size_t prefix = kNumpyMagic.size() + 4;
  text.resize((prefix + text.size() + 1 + 63) / 64 * 64 - prefix, ' ');
  text.back() = '\n';
  std::string header(kNumpyMagic);
  header +=
      {'\1', '\0', static_cast<char>(text.size() & 0xff), static_cast<char>(text.size() >> 8)};
  return header + text;
}

}  // namespace

StridedTensor parse_npy(std::span<const std::byte> bytes, std::string name,
                        std::string_view where) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.size() < kNumpyMagic.size() + 4 || !text.starts_with(kNumpyMagic)) {
    fail("{}: expected an array of numpy, found other or too few bytes", where);
  }
  const auto byte = [&](size_t i) { return static_cast<size_t>(bytes[i]); };
  const size_t version = byte(6), width = version == 1 ? 2 : 4;
  if (version < 1 || version > 3 || text.size() < 8 + width) {
    fail("{}: expected an array of numpy's format 1, 2 or 3, found {}", where, version);
  }
  size_t length = 0;
  for (size_t i = width; i-- > 0;) length = length << 8 | byte(8 + i);
  const size_t begin = 8 + width;
  if (length > text.size() - begin) {
    fail("{}: truncated: the header of an array has {} bytes, found {}", where, length,
         text.size() - begin);
  }
  HeaderParser header(text.substr(begin, length), where);
  header.run();
  const std::vector<int64_t>& shape = header.shape_found();
  StridedTensor tensor =
      dense_tensor(std::move(name), header.dtype(), shape, bytes.subspan(begin + length));
  auto size = static_cast<int64_t>(dtype_size(tensor.dtype));
  for (const int64_t n : shape) {
    if (size < 0 || __builtin_mul_overflow(size, n, &size)) size = -1;
  }
  if (size < 0 || static_cast<size_t>(size) != tensor.storage.size()) {
    fail("{}: expected the numbers of an array of shape [{}], found {} bytes; truncated or damaged",
         where, fmt::join(shape, ", "), tensor.storage.size());
  }
  if (header.fortran()) tensor.strides = column_major_strides(shape);
  check_strided(tensor, where);
  return tensor;
}

StoredCheckpoint read_npy(const fs::path& path, MappedFile file) {
  const auto owner = std::make_shared<const MappedFile>(std::move(file));
  StoredCheckpoint out;
  out.owner = owner;
  out.tensors.push_back(
      parse_npy(owner->bytes(), "parameters", fmt::format("open {}", path.string())));
  return out;
}

StoredCheckpoint read_npz(const fs::path& path, MappedFile file) {
  struct Owner {
    Owner(const fs::path& name, MappedFile bytes) : archive(name, std::move(bytes)) {}
    ZipArchive archive;
    std::deque<std::vector<std::byte>> unpacked;
  };
  const auto owner = std::make_shared<Owner>(path, std::move(file));
  StoredCheckpoint out;
  out.owner = owner;
  uint64_t total = 0;
  for (const std::string_view record : owner->archive.names()) {
    const std::string where = fmt::format("open {}: record '{}'", path.string(), record);
    constexpr std::string_view kEnding = ".npy";
    if (!record.ends_with(kEnding)) fail("{}: expected arrays of numpy alone", where);
    const auto bytes = owner->archive.read(record, owner->unpacked.emplace_back());
    total += owner->unpacked.back().size();
    if (total > ZipArchive::kLargestUnpacked) {
      fail("{}: the records unpack to more than {} bytes; refused", where,
           ZipArchive::kLargestUnpacked);
    }
    std::string name(record.substr(0, record.size() - kEnding.size()));
    StridedTensor tensor = parse_npy(bytes, std::move(name), where);
    if (tensor.shape.empty()) {
      out.numbers.emplace_back(tensor.name, numbers_of(tensor).front());
    }
    out.tensors.push_back(std::move(tensor));
  }
  return out;
}

std::string encode_npz(const std::vector<TensorView>& tensors) {
  ZipWriter zip;
  std::vector<float> widened;
  for (const TensorView& tensor : tensors) {
    TensorView stored = tensor;
    if (tensor.dtype == Dtype::BF16) {
      widened = floats_of(dense_tensor(tensor.name, tensor.dtype, tensor.shape, tensor.bytes));
      stored.dtype = Dtype::F32;
      stored.bytes = std::as_bytes(std::span(widened));
    }
    std::string record = npy_header(stored);
    record.append(reinterpret_cast<const char*>(stored.bytes.data()), stored.bytes.size());
    zip.add(tensor.name + ".npy", std::as_bytes(std::span(record)));
  }
  return zip.finish();
}

}  // namespace saltus
