#include "saltus/formats/torch_writer.h"

#include <algorithm>
#include <array>

#include "saltus/base/error.h"
#include "saltus/formats/zip_writer.h"

namespace saltus {
namespace {

constexpr std::string_view kArchive = "archive";

struct StorageName {
  Dtype dtype;
  std::string_view name;
};
constexpr std::array kStorages = {
    StorageName{Dtype::F64, "DoubleStorage"}, StorageName{Dtype::F32, "FloatStorage"},
    StorageName{Dtype::F16, "HalfStorage"},   StorageName{Dtype::BF16, "BFloat16Storage"},
    StorageName{Dtype::I64, "LongStorage"},   StorageName{Dtype::I32, "IntStorage"},
    StorageName{Dtype::I16, "ShortStorage"},  StorageName{Dtype::I8, "CharStorage"},
    StorageName{Dtype::U8, "ByteStorage"},    StorageName{Dtype::BOOL, "BoolStorage"}};

// A pickle of protocol 2, put together opcode by opcode; nothing is memoised.
class PickleWriter {
 public:
  PickleWriter() : bytes_("\x80\x02") {}

  void op(char opcode) { bytes_.push_back(opcode); }
  void global(std::string_view module, std::string_view name) {
    bytes_ += fmt::format("c{}\n{}\n", module, name);
  }
  void text(std::string_view value) {
    op('X');
    little(value.size(), 4);
    bytes_ += value;
  }
  void integer(int64_t value) {
    bytes_ += "\x8a\x08";  // LONG1 of eight bytes
    little(static_cast<uint64_t>(value), 8);
  }
  void integers(const std::vector<int64_t>& values) {
    op('(');
    for (const int64_t value : values) integer(value);
    op('t');
  }
  void empty_ordered_dictionary() {
    global("collections", "OrderedDict");
    bytes_ += ")R";
  }
  // torch._utils._rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict())
  void tensor(const TensorView& tensor, size_t record) {
    global("torch._utils", "_rebuild_tensor_v2");
    bytes_ += "((";
    text("storage");
    const auto* storage = std::ranges::find(kStorages, tensor.dtype, &StorageName::dtype);
    check(storage != kStorages.end(), "PickleWriter: a dtype of torch");
    global("torch", storage->name);
    text(std::to_string(record));
    text("cpu");
    integer(tensor.elements());
    bytes_ += "tQ";
    integer(0);
    integers(tensor.shape);
    std::vector<int64_t> strides(tensor.shape.size(), 1);
    for (size_t axis = strides.size(); axis-- > 1;) {
      strides[axis - 1] = strides[axis] * tensor.shape[axis];
    }
    integers(strides);
    op('\x89');  // no gradient
    empty_ordered_dictionary();
    bytes_ += "tR";
  }
  std::string finish() {
    op('.');
    return std::move(bytes_);
  }

 private:
  void little(uint64_t value, int width) {
    for (int i = 0; i < width; ++i) bytes_.push_back(static_cast<char>(value >> (8 * i)));
  }

  std::string bytes_;
};

}  // namespace

std::string encode_torch(const std::vector<TensorView>& tensors) {
  PickleWriter pickle;
  pickle.empty_ordered_dictionary();
  pickle.op('(');
  for (size_t i = 0; i < tensors.size(); ++i) {
    pickle.text(tensors[i].name);
    pickle.tensor(tensors[i], i);
  }
  pickle.op('u');
  const auto record = [](std::string_view name) { return fmt::format("{}/{}", kArchive, name); };
  ZipWriter zip;
  zip.add(record("data.pkl"), pickle.finish());
  zip.add(record(".format_version"), "1");
  zip.add(record("byteorder"), "little");
  for (size_t i = 0; i < tensors.size(); ++i) {
    zip.add(record(fmt::format("data/{}", i)), tensors[i].bytes);
  }
  zip.add(record("version"), "3\n");
  return zip.finish();
}

}  // namespace saltus
