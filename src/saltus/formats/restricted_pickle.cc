#include "saltus/formats/restricted_pickle.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "saltus/base/error.h"
#include "saltus/formats/pickle_globals.h"

namespace saltus {
namespace {

// Opcodes that would make objects of any class: their names are worth a message of their own.
std::string_view object_opcode(unsigned char opcode) {
  switch (opcode) {
    case 'i':
      return " (INST, which makes an object)";
    case 'o':
      return " (OBJ, which makes an object)";
    case 0x81:
      return " (NEWOBJ, which makes an object)";
    case 0x92:
      return " (NEWOBJ_EX, which makes an object)";
    default:
      return "";
  }
}

}  // namespace

class PickleDecoder {
 public:
  PickleDecoder(std::span<const std::byte> bytes, std::string_view where, Pickle& out)
      : bytes_(bytes), where_(where), out_(out) {}

  void run() {
    while (step()) {
    }
    out_.root_ = pop();
  }

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

  PickleIndex make(PickleValue value) {
    if (out_.values_.size() == Pickle::kMostValues) {
      damaged(fmt::format("more than {} values, as only a bomb has,", Pickle::kMostValues));
    }
    out_.values_.push_back(std::move(value));
    return static_cast<PickleIndex>(out_.values_.size() - 1);
  }
  void push(PickleValue value) { stack_.push_back(make(std::move(value))); }
  PickleIndex pop() {
    if (stack_.empty() || (!marks_.empty() && stack_.size() == marks_.back())) {
      damaged("the stack is empty");
    }
    const PickleIndex top = stack_.back();
    stack_.pop_back();
    return top;
  }
  std::vector<PickleIndex> pop_to_mark() {
    if (marks_.empty()) damaged("no mark is set");
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<PickleIndex> items(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return items;
  }
  PickleIndex top() const {
    if (stack_.empty()) damaged("the stack is empty");
    return stack_.back();
  }
  void push_tuple(std::vector<PickleIndex> items) {
    push({PickleSequence{true, std::move(items)}});
  }

  template <typename T>
  T& expect(PickleIndex value, std::string_view what) {
    T* data = std::get_if<T>(&out_.values_[value].data);
    if (data == nullptr) damaged(fmt::format("expected {}, found something else", what));
    return *data;
  }
  const std::vector<PickleIndex>& tuple(PickleIndex value, size_t least, std::string_view what) {
    const auto& sequence = expect<PickleSequence>(value, what);
    if (!sequence.tuple || sequence.items.size() < least) {
      damaged(fmt::format("expected {}, found something else", what));
    }
    return sequence.items;
  }
  std::vector<int64_t> integers(PickleIndex value) {
    const std::vector<PickleIndex>& items = tuple(value, 0, "a tuple of integers");
    if (items.size() > Pickle::kMostAxes) {
      damaged(fmt::format("a tensor of {} axes", items.size()));
    }
    std::vector<int64_t> out;
    for (const PickleIndex item : items) out.push_back(expect<int64_t>(item, "an integer"));
    return out;
  }

  bool step();
  void constant(unsigned char opcode);
  void build(unsigned char opcode);
  void set_items(PickleIndex target, const std::vector<PickleIndex>& items);
  void append(PickleIndex list, const std::vector<PickleIndex>& items);
  PickleIndex reduce(const KnownGlobal& function, PickleIndex arguments);
  PickleIndex numpy_scalar(const std::vector<PickleIndex>& arguments);
  PickleIndex latin1_bytes(const std::vector<PickleIndex>& arguments);
  PickleIndex storage(PickleIndex identity);
  int64_t long_integer(uint64_t size);
  void global(std::string_view module, std::string_view name);
  std::string_view text(PickleIndex value, std::string_view what) {
    return expect<std::string_view>(value, what);
  }
  void remember(uint64_t place) {
    // Python numbers its memos in turn: a number beyond the bytes so far would only make us
    // allocate.
    if (place > position_) damaged(fmt::format("a memo numbered {}, as only a bomb has,", place));
    if (place >= memo_.size()) memo_.resize(place + 1, kNone);
    memo_[place] = top();
  }
  void recall(uint64_t place) {
    if (place >= memo_.size() || memo_[place] == kNone) damaged("an unknown memo is used");
    stack_.push_back(memo_[place]);
  }

  static constexpr PickleIndex kNone = ~PickleIndex{0};

  std::span<const std::byte> bytes_;
  std::string_view where_;
  Pickle& out_;
  size_t position_ = 0;
  size_t encoded_ = 0;  // bytes that _codecs.encode has made
  std::vector<PickleIndex> stack_, memo_;
  std::vector<size_t> marks_;
};

void PickleDecoder::global(std::string_view module, std::string_view name) {
  const auto* known = std::ranges::find_if(
      kGlobals, [&](const KnownGlobal& g) { return g.name == name && g.module == module; });
  if (known == kGlobals.end()) {
    fail(
        "pickle: refused the global '{}.{}' in {}, byte {}: only tensors and plain values are "
        "read, "
        "nothing is run; if you trust the file, load it in Python and save its state_dict alone",
        module, name, where_, position_);
  }
  push({PickleGlobal{static_cast<size_t>(known - kGlobals.begin())}});
}

void PickleDecoder::set_items(PickleIndex target, const std::vector<PickleIndex>& items) {
  auto& dictionary = expect<PickleDictionary>(target, "a dictionary");
  if (items.size() % 2 != 0) damaged("a key has no value");
  for (size_t i = 0; i < items.size(); i += 2) {
    dictionary.items.emplace_back(items[i], items[i + 1]);
  }
}

void PickleDecoder::append(PickleIndex list, const std::vector<PickleIndex>& items) {
  auto& to = expect<PickleSequence>(list, "a list").items;
  to.insert(to.end(), items.begin(), items.end());
}

// The place of a tensor's numbers: a persistent id ('storage', type, record, device, elements).
PickleIndex PickleDecoder::storage(PickleIndex identity) {
  const auto& parts = tuple(identity, 5, "a storage");
  if (text(parts[0], "a storage") != "storage") damaged("an unknown persistent id");
  const KnownGlobal& type = kGlobals[expect<PickleGlobal>(parts[1], "a storage type").which];
  if (type.role != GlobalRole::storage) {
    damaged(fmt::format("expected a type of storage, found {}.{}", type.module, type.name));
  }
  return make({PickleTensor{.record = text(parts[2], "a storage's record"),
                            .dtype = type.dtype,
                            .storage_elements = expect<int64_t>(parts[4], "a storage's size"),
                            .offset = 0,
                            .shape = {},
                            .strides = {}}});
}

// The raw bytes of one number, as numpy's types name it.
PickleIndex PickleDecoder::numpy_scalar(const std::vector<PickleIndex>& arguments) {
  const std::string_view type = text(arguments[0], "a numpy type");
  const std::string_view raw = text(arguments[1], "the bytes of a numpy scalar");
  const auto as = [&](auto value) {
    if (raw.size() != sizeof value) {
      damaged(fmt::format("a numpy scalar of type {} in {} bytes", type, raw.size()));
    }
    std::memcpy(&value, raw.data(), sizeof value);
    return value;
  };
  if (type == "f8") return make({as(double{})});
  if (type == "f4") return make({double{as(float{})}});
  if (type == "i8") return make({as(int64_t{})});
  if (type == "i4") return make({int64_t{as(int32_t{})}});
  if (type == "b1") return make({as(uint8_t{}) != 0});
  damaged(fmt::format("expected a numpy scalar of type f8, f4, i8, i4 or b1, found {}", type));
}

// Bytes come as text of the code points 0..255, in UTF-8.
PickleIndex PickleDecoder::latin1_bytes(const std::vector<PickleIndex>& arguments) {
  if (text(arguments[1], "a codec") != "latin1") damaged("an unknown codec");
  const std::string_view encoded = text(arguments[0], "an encoded string");
  // One text of the memo, encoded over and over, could fill any memory.
  encoded_ += encoded.size();
  if (encoded_ > bytes_.size()) damaged("texts that are encoded again and again, as a bomb's,");
  std::string raw;
  for (size_t i = 0; i < encoded.size(); ++i) {
    auto c = static_cast<unsigned char>(encoded[i]);
    if (c >= 0x80) {
      if ((c & 0xfc) != 0xc0 || i + 1 == encoded.size()) damaged("a character beyond latin1");
      c = static_cast<unsigned char>(c << 6 | (static_cast<unsigned char>(encoded[++i]) & 0x3f));
    }
    raw.push_back(static_cast<char>(c));
  }
  return make({std::string_view(out_.texts_.emplace_back(std::move(raw)))});
}

// What calling one of the known globals yields.
PickleIndex PickleDecoder::reduce(const KnownGlobal& function, PickleIndex arguments) {
  switch (function.role) {
    case GlobalRole::dictionary:
      if (!tuple(arguments, 0, "arguments").empty()) damaged("an OrderedDict with arguments");
      return make({PickleDictionary{}});
    case GlobalRole::tensor: {
      const auto& parts = tuple(arguments, 4, "the parts of a tensor");
      PickleTensor tensor = expect<PickleTensor>(parts[0], "a storage");
      tensor.offset = expect<int64_t>(parts[1], "an offset");
      tensor.shape = integers(parts[2]);
      tensor.strides = integers(parts[3]);
      return make({std::move(tensor)});
    }
    case GlobalRole::parameter:
    case GlobalRole::size:
      return tuple(arguments, 1, "arguments")[0];  // the tensor; the tuple of sizes
    case GlobalRole::numpy_type:
      return tuple(arguments, 1, "a numpy type")[0];
    case GlobalRole::scalar:
      return numpy_scalar(tuple(arguments, 2, "a numpy scalar"));
    case GlobalRole::encode:
      return latin1_bytes(tuple(arguments, 2, "an encoded string"));
    case GlobalRole::plain:
      return make({});  // a device: of no interest
    case GlobalRole::storage:
      break;
  }
  damaged(fmt::format("{}.{} is called", function.module, function.name));
}

int64_t PickleDecoder::long_integer(uint64_t size) {
  if (size > sizeof(int64_t)) damaged("an integer beyond 64 bits");
  const std::string_view raw = take(size);
  if (raw.empty()) return 0;
  uint64_t value = (raw.back() & 0x80) != 0 ? ~uint64_t{0} : 0;  // sign
  for (size_t i = raw.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(raw[i]);
  return static_cast<int64_t>(value);
}

// Opcodes that push a plain value.
void PickleDecoder::constant(unsigned char opcode) {
  switch (opcode) {
    case 'N':
      return push({});
    case 0x88:
      return push({true});
    case 0x89:
      return push({false});
    case 'J':
      return push({int64_t{little<int32_t>()}});
    case 'K':
      return push({int64_t{little<uint8_t>()}});
    case 'M':
      return push({int64_t{little<uint16_t>()}});
    case 0x8a:
      return push({long_integer(little<uint8_t>())});
    case 'G': {  // the only big-endian value
      uint64_t bits = 0;
      for (const char c : take(8)) bits = bits << 8 | static_cast<unsigned char>(c);
      return push({std::bit_cast<double>(bits)});
    }
    case 'X':  // text, of three lengths of length
    case 'B':  // and bytes
    case 'T':
      return push({take(little<uint32_t>())});
    case 0x8c:
    case 'C':
    case 'U':
      return push({take(little<uint8_t>())});
    case 0x8d:
    case 0x8e:
      return push({take(little<uint64_t>())});
    case '}':
      return push({PickleDictionary{}});
    case ']':
      return push({PickleSequence{}});
    case ')':
      return push_tuple({});
    default:
      damaged(fmt::format("refused the opcode 0x{:02x}{}", opcode, object_opcode(opcode)));
  }
}

// Opcodes that put values together.
void PickleDecoder::build(unsigned char opcode) {
  switch (opcode) {
    case 't':
      return push_tuple(pop_to_mark());
    case 0x85:
    case 0x86:
    case 0x87: {
      std::vector<PickleIndex> items(opcode - 0x84u);
      for (size_t i = items.size(); i-- > 0;) items[i] = pop();
      return push_tuple(std::move(items));
    }
    case 'a': {
      const PickleIndex item = pop();
      return append(top(), {item});
    }
    case 'e': {
      const std::vector<PickleIndex> items = pop_to_mark();
      return append(top(), items);
    }
    case 's': {
      const PickleIndex value = pop(), key = pop();
      return set_items(top(), {key, value});
    }
    case 'u': {
      const std::vector<PickleIndex> items = pop_to_mark();
      return set_items(top(), items);
    }
    case 'R': {
      const PickleIndex arguments = pop(), function = pop();
      const size_t which = expect<PickleGlobal>(function, "a function").which;
      return stack_.push_back(reduce(kGlobals[which], arguments));
    }
    case 'b':
      pop();  // attributes: torch's _metadata, the byte order of a numpy type
      return;
    case 'Q':
      return stack_.push_back(storage(pop()));
    default:
      return constant(opcode);
  }
}

// One opcode; false at the end.
bool PickleDecoder::step() {
  const auto opcode = static_cast<unsigned char>(take(1)[0]);
  switch (opcode) {
    case 0x80:
      if (little<uint8_t>() > 5) damaged("a protocol above 5");
      break;
    case 0x95:
      little<uint64_t>();  // the length of a frame, which says nothing more
      break;
    case '.':
      return false;
    case '(':
      if (marks_.size() == Pickle::kDeepest) {
        damaged(fmt::format("values nested more than {} deep", Pickle::kDeepest));
      }
      marks_.push_back(stack_.size());
      break;
    case 'q':
      remember(little<uint8_t>());
      break;
    case 'r':
      remember(little<uint32_t>());
      break;
    case 0x94:
      remember(memo_.size());
      break;
    case 'h':
      recall(little<uint8_t>());
      break;
    case 'j':
      recall(little<uint32_t>());
      break;
    case 'c': {
      const std::string_view module = line(), name = line();
      global(module, name);
      break;
    }
    case 0x93: {
      const std::string_view name = text(pop(), "a global"), module = text(pop(), "a global");
      global(module, name);
      break;
    }
    default:
      build(opcode);
  }
  return true;
}

Pickle::Pickle(std::span<const std::byte> bytes, std::string_view where) {
  values_.reserve(std::min<size_t>(bytes.size() / 8, 4096));
  PickleDecoder(bytes, where, *this).run();
}

}  // namespace saltus
