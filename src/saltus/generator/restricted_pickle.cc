#include "saltus/generator/restricted_pickle.h"

#include <bit>
#include <cstring>
#include <map>

#include "saltus/base/error.h"

namespace saltus {
namespace {

constexpr std::string_view kOrderedDict = "collections.OrderedDict";
constexpr std::string_view kTensor = "torch._utils._rebuild_tensor_v2";
constexpr std::string_view kFloatStorage = "torch.FloatStorage";
constexpr std::string_view kNumpyType = "numpy.dtype";
constexpr std::string_view kNumpyScalar1 = "numpy.core.multiarray.scalar";
constexpr std::string_view kNumpyScalar2 = "numpy._core.multiarray.scalar";
constexpr std::string_view kEncode = "_codecs.encode";

PicklePointer make(PickleValue value) { return std::make_shared<PickleValue>(std::move(value)); }

class Decoder {
 public:
  Decoder(std::span<const std::byte> bytes, std::string_view where)
      : bytes_(bytes), where_(where) {}

  PicklePointer run();

 private:
  [[noreturn]] void damaged(std::string_view what) const {
    fail("pickle: {} in {}, byte {}; expected a checkpoint written by torch.save", what, where_,
         position_);
  }

  std::string_view take(uint64_t count) {
    if (count > bytes_.size() - position_) damaged("unexpected end");
    const auto* begin = reinterpret_cast<const char*>(bytes_.data()) + position_;
    position_ += count;
    return {begin, count};
  }
  template <typename T>
  T little() {
    T value;
    static_assert(std::endian::native == std::endian::little);
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }
  std::string_view line() {
    const size_t begin = position_;
    while (take(1) != "\n") {
    }
    return {reinterpret_cast<const char*>(bytes_.data()) + begin, position_ - begin - 1};
  }

  void push(PickleValue value) { stack_.push_back(make(std::move(value))); }
  PicklePointer pop() {
    if (stack_.empty() || (!marks_.empty() && stack_.size() == marks_.back()))
      damaged("the stack is empty");
    PicklePointer top = std::move(stack_.back());
    stack_.pop_back();
    return top;
  }
  std::vector<PicklePointer> pop_to_mark() {
    if (marks_.empty()) damaged("no mark is set");
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<PicklePointer> items(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return items;
  }
  void push_tuple(std::vector<PicklePointer> items) {
    push({PickleSequence{true, std::move(items)}});
  }

  template <typename T>
  T& expect(const PicklePointer& value, std::string_view what) {
    T* data = std::get_if<T>(&value->data);
    if (data == nullptr) damaged(fmt::format("expected {}, found something else", what));
    return *data;
  }
  std::vector<PicklePointer>& tuple(const PicklePointer& value, size_t least,
                                    std::string_view what) {
    auto& sequence = expect<PickleSequence>(value, what);
    if (!sequence.tuple || sequence.items.size() < least)
      damaged(fmt::format("expected {}, found something else", what));
    return sequence.items;
  }
  std::vector<int64_t> integers(const PicklePointer& value) {
    std::vector<int64_t> out;
    for (const PicklePointer& item : tuple(value, 0, "a tuple of integers"))
      out.push_back(expect<int64_t>(item, "an integer"));
    return out;
  }

  void set_items(const PicklePointer& target, const std::vector<PicklePointer>& items);
  PicklePointer reduce(const std::string& function, const PicklePointer& arguments);
  PicklePointer numpy_scalar(const std::vector<PicklePointer>& arguments);
  PicklePointer storage(const PicklePointer& identity);
  int64_t long_integer(uint64_t size);
  void global();
  void remember(uint64_t place) {
    if (stack_.empty()) damaged("the stack is empty");
    memo_[place] = stack_.back();
  }
  void recall(uint64_t place) {
    const auto found = memo_.find(place);
    if (found == memo_.end()) damaged("an unknown memo is used");
    stack_.push_back(found->second);
  }

  std::span<const std::byte> bytes_;
  std::string_view where_;
  size_t position_ = 0;
  std::vector<PicklePointer> stack_;
  std::vector<size_t> marks_;
  std::map<uint64_t, PicklePointer> memo_;
};

void Decoder::global() {
  std::string name(line());
  name.append(".").append(line());
  for (const std::string_view known :
       {kOrderedDict, kTensor, kFloatStorage, kNumpyType, kNumpyScalar1, kNumpyScalar2, kEncode})
    if (name == known) return push({PickleGlobal{name}});
  fail("pickle: refused the global '{}' in {}, byte {}: only tensors and plain values are read",
       name, where_, position_);
}

void Decoder::set_items(const PicklePointer& target, const std::vector<PicklePointer>& items) {
  auto& dictionary = expect<PickleDictionary>(target, "a dictionary");
  if (items.size() % 2 != 0) damaged("a key has no value");
  for (size_t i = 0; i < items.size(); i += 2)
    dictionary.items.emplace_back(items[i], items[i + 1]);
}

// The place of a tensor's numbers: a persistent id ('storage', type, record, device, elements).
PicklePointer Decoder::storage(const PicklePointer& identity) {
  const auto& parts = tuple(identity, 5, "a storage");
  if (expect<std::string>(parts[0], "a storage") != "storage") damaged("an unknown persistent id");
  const std::string& type = expect<PickleGlobal>(parts[1], "a storage type").name;
  if (type != kFloatStorage)
    damaged(fmt::format("expected storages of type {}, found {}", kFloatStorage, type));
  return make({PickleTensor{.storage = expect<std::string>(parts[2], "a storage's record"),
                            .storage_elements = expect<int64_t>(parts[4], "a storage's size"),
                            .offset = 0,
                            .shape = {},
                            .strides = {}}});
}

PicklePointer Decoder::numpy_scalar(const std::vector<PicklePointer>& arguments) {
  const std::string& type = expect<std::string>(arguments[0], "a numpy type");
  const std::string& raw = expect<std::string>(arguments[1], "the bytes of a numpy scalar");
  if (type != "f8" || raw.size() != sizeof(double))
    damaged(
        fmt::format("expected a numpy scalar of type f8, found {} of {} bytes", type, raw.size()));
  double value;
  std::memcpy(&value, raw.data(), sizeof(value));
  return make({value});
}

// What calling one of the known globals yields.
PicklePointer Decoder::reduce(const std::string& function, const PicklePointer& arguments) {
  if (function == kOrderedDict) {
    if (!tuple(arguments, 0, "arguments").empty()) damaged("an OrderedDict with arguments");
    return make({PickleDictionary{}});
  }
  if (function == kTensor) {
    const auto& parts = tuple(arguments, 4, "the parts of a tensor");
    PickleTensor tensor = expect<PickleTensor>(parts[0], "a storage");
    tensor.offset = expect<int64_t>(parts[1], "an offset");
    tensor.shape = integers(parts[2]);
    tensor.strides = integers(parts[3]);
    return make({std::move(tensor)});
  }
  if (function == kNumpyType) return tuple(arguments, 1, "a numpy type")[0];
  if (function == kNumpyScalar1 || function == kNumpyScalar2)
    return numpy_scalar(tuple(arguments, 2, "a numpy scalar"));
  if (function == kEncode) {
    const auto& parts = tuple(arguments, 2, "an encoded string");
    if (expect<std::string>(parts[1], "a codec") != "latin1") damaged("an unknown codec");
    // Bytes come as text of the code points 0..255, in UTF-8.
    const std::string& encoded = expect<std::string>(parts[0], "an encoded string");
    std::string raw;
    for (size_t i = 0; i < encoded.size(); ++i) {
      auto c = static_cast<unsigned char>(encoded[i]);
      if (c >= 0x80) {
        if ((c & 0xfc) != 0xc0 || i + 1 == encoded.size()) damaged("a character beyond latin1");
        c = static_cast<unsigned char>(c << 6 | (static_cast<unsigned char>(encoded[++i]) & 0x3f));
      }
      raw.push_back(static_cast<char>(c));
    }
    return make({std::move(raw)});
  }
  damaged(fmt::format("{} is called", function));
}

int64_t Decoder::long_integer(uint64_t size) {
  if (size > sizeof(int64_t)) damaged("an integer beyond 64 bits");
  const std::string_view raw = take(size);
  if (raw.empty()) return 0;
  uint64_t value = (raw.back() & 0x80) != 0 ? ~uint64_t{0} : 0;  // sign
  for (size_t i = raw.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(raw[i]);
  return static_cast<int64_t>(value);
}

PicklePointer Decoder::run() {
  while (true) {
    const auto opcode = static_cast<unsigned char>(take(1)[0]);
    switch (opcode) {
      case 0x80:
        if (little<uint8_t>() > 3) damaged("a protocol above 3");
        break;
      case '.':
        return pop();
      case '(':
        marks_.push_back(stack_.size());
        break;
      case 'N':
        push({});
        break;
      case 0x88:
        push({true});
        break;
      case 0x89:
        push({false});
        break;
      case 'J':
        push({int64_t{little<int32_t>()}});
        break;
      case 'K':
        push({int64_t{little<uint8_t>()}});
        break;
      case 'M':
        push({int64_t{little<uint16_t>()}});
        break;
      case 0x8a:
        push({long_integer(little<uint8_t>())});
        break;
      case 'G': {  // the only big-endian value
        uint64_t bits = 0;
        for (const char c : take(8)) bits = bits << 8 | static_cast<unsigned char>(c);
        push({std::bit_cast<double>(bits)});
        break;
      }
      case 'X':
        push({std::string(take(little<uint32_t>()))});
        break;
      case '}':
        push({PickleDictionary{}});
        break;
      case ']':
        push({PickleSequence{}});
        break;
      case ')':
        push_tuple({});
        break;
      case 't':
        push_tuple(pop_to_mark());
        break;
      case 0x85:
      case 0x86:
      case 0x87: {
        std::vector<PicklePointer> items(opcode - 0x84u);
        for (size_t i = items.size(); i-- > 0;) items[i] = pop();
        push_tuple(std::move(items));
        break;
      }
      case 'a': {
        const PicklePointer item = pop(), list = pop();
        expect<PickleSequence>(list, "a list").items.push_back(item);
        stack_.push_back(list);
        break;
      }
      case 'e': {
        const auto items = pop_to_mark();
        const PicklePointer list = pop();
        auto& to = expect<PickleSequence>(list, "a list").items;
        to.insert(to.end(), items.begin(), items.end());
        stack_.push_back(list);
        break;
      }
      case 's': {
        const PicklePointer value = pop(), key = pop(), target = pop();
        set_items(target, {key, value});
        stack_.push_back(target);
        break;
      }
      case 'u': {
        const auto items = pop_to_mark();
        const PicklePointer target = pop();
        set_items(target, items);
        stack_.push_back(target);
        break;
      }
      case 'q':
        remember(little<uint8_t>());
        break;
      case 'r':
        remember(little<uint32_t>());
        break;
      case 'h':
        recall(little<uint8_t>());
        break;
      case 'j':
        recall(little<uint32_t>());
        break;
      case 'c':
        global();
        break;
      case 'R': {
        const PicklePointer arguments = pop(), function = pop();
        stack_.push_back(reduce(expect<PickleGlobal>(function, "a function").name, arguments));
        break;
      }
      case 'b':
        pop();
        break;  // attributes: torch's _metadata, the byte order of a numpy type
      case 'Q':
        stack_.push_back(storage(pop()));
        break;
      default:
        damaged(fmt::format("refused the opcode 0x{:02x}", opcode));
    }
  }
}

}  // namespace

PicklePointer decode_pickle(std::span<const std::byte> bytes, std::string_view where) {
  return Decoder(bytes, where).run();
}

}  // namespace saltus
