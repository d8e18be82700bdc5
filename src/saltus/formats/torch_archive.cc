#include "saltus/formats/torch_archive.h"

#include <algorithm>
#include <array>

#include "saltus/base/error.h"

namespace saltus {
namespace {

constexpr std::string_view kPickleRecord = "/data.pkl";
constexpr std::array<std::string_view, 7> kStateDictKeys = {
    "state_dict", "model_state_dict", "model", "net", "network", "module", "params"};
constexpr std::array<std::string_view, 2> kWrappers = {"module.", "_orig_mod."};
constexpr size_t kMostEntries = 200'000;  // that a walk visits; a bomb repeats few values
constexpr int kDeepestEntry = 16;

// A file of torch before 1.6 begins with a pickled magic number.
void refuse_legacy(const fs::path& path, const MappedFile& file) {
  constexpr std::string_view kLegacyMagic =
      "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
  const std::string_view bytes(reinterpret_cast<const char*>(file.bytes().data()),
                               file.bytes().size());
  if (!bytes.starts_with(kLegacyMagic)) return;
  fail(
      "open {}: expected a file of torch 1.6 or newer, found the older format, which is no zip "
      "archive; load it in Python and torch.save it again",
      path.string());
}

ZipArchive open_torch_zip(const fs::path& path, MappedFile file) {
  refuse_legacy(path, file);
  return {path, std::move(file)};
}

// Finds state_dict and numbers in the values of a pickle.
class CheckpointWalk {
 public:
  CheckpointWalk(const TorchArchive& archive, StoredCheckpoint& out)
      : archive_(archive), pickle_(archive.pickle()), out_(out) {}

  void run(std::string_view key) {
    const PickleValue* state = &pickle_.root();
    if (!key.empty()) {
      state = descend(*state, key);
    } else if (const auto* root = std::get_if<PickleDictionary>(&state->data)) {
      if (!holds_tensors(*state)) state = &find_state_dict(*root);
    }
    collect_tensors(*state, "", 0);
    if (state != &pickle_.root()) collect_numbers(pickle_.root(), state, "", 0);
  }

 private:
  [[noreturn]] void refuse(std::string_view what) const {
    fail("open {}: {}", archive_.path().string(), what);
  }
  void visit() {
    if (++visited_ > kMostEntries) {
      refuse(fmt::format("more than {} entries, most of them the same again: a bomb, refused",
                         kMostEntries));
    }
  }

  std::string entry_name(PickleIndex key) const {
    if (const auto* text = pickle_.get_if<std::string_view>(key)) return std::string(*text);
    if (const auto* number = pickle_.get_if<int64_t>(key)) return std::to_string(*number);
    return {};
  }

  // Whether a dictionary or list has a tensor as an entry of its own.
  bool holds_tensors(const PickleValue& value) const {
    const auto is_tensor = [&](PickleIndex i) {
      return pickle_.get_if<PickleTensor>(i) != nullptr;
    };
    if (const auto* d = std::get_if<PickleDictionary>(&value.data)) {
      return std::ranges::any_of(d->items, is_tensor, [](const auto& item) { return item.second; });
    }
    if (const auto* list = std::get_if<PickleSequence>(&value.data)) {
      return std::ranges::any_of(list->items, is_tensor);
    }
    return std::holds_alternative<PickleTensor>(value.data);
  }

  const PickleValue* descend(const PickleValue& from, std::string_view key) const {
    const PickleValue* value = &from;
    while (!key.empty()) {
      const size_t dot = std::min(key.find('.'), key.size());
      const auto* dictionary = std::get_if<PickleDictionary>(&value->data);
      const PickleValue* next = nullptr;
      if (dictionary != nullptr) {
        for (const auto& [name, item] : dictionary->items) {
          if (entry_name(name) == key.substr(0, dot)) next = &pickle_.at(item);
        }
      }
      if (next == nullptr) {
        refuse(fmt::format("expected an entry '{}', found {}", key.substr(0, dot),
                           dictionary != nullptr ? entries(*dictionary) : "no dictionary"));
      }
      value = next;
      key.remove_prefix(std::min(dot + 1, key.size()));
    }
    return value;
  }

  std::string entries(const PickleDictionary& dictionary) const {
    std::vector<std::string> names;
    for (const auto& [key, value] : dictionary.items) {
      if (names.size() == 20) {
        names.emplace_back("...");
        break;
      }
      names.push_back(entry_name(key));
    }
    return fmt::format("{}", fmt::join(names, ", "));
  }

  const PickleValue& find_state_dict(const PickleDictionary& root) const {
    for (const std::string_view key : kStateDictKeys) {
      for (const auto& [name, item] : root.items) {
        if (entry_name(name) == key && holds_tensors(pickle_.at(item))) return pickle_.at(item);
      }
    }
    const PickleValue* only = nullptr;
    for (const auto& [name, item] : root.items) {
      if (!holds_tensors(pickle_.at(item))) continue;
      if (only != nullptr) {
        refuse(fmt::format(
            "expected one state_dict, found several entries with tensors among {}; say which with "
            "--key",
            entries(root)));
      }
      only = &pickle_.at(item);
    }
    if (only == nullptr) {
      refuse(
          fmt::format("expected a state_dict, found no tensors in the entries {}; say where they "
                      "are with --key",
                      entries(root)));
    }
    return *only;
  }

  void collect_tensors(const PickleValue& value, const std::string& name, int depth) {
    visit();
    if (depth > kDeepestEntry) refuse("entries nested deeper than a state_dict's; refused");
    const std::string prefix = name.empty() ? "" : name + ".";
    if (const auto* tensor = std::get_if<PickleTensor>(&value.data)) {
      out_.tensors.push_back(archive_.tensor(*tensor, name.empty() ? "parameters" : name));
    } else if (const auto* dictionary = std::get_if<PickleDictionary>(&value.data)) {
      for (const auto& [key, item] : dictionary->items) {
        collect_tensors(pickle_.at(item), prefix + entry_name(key), depth + 1);
      }
    } else if (const auto* list = std::get_if<PickleSequence>(&value.data)) {
      for (size_t i = 0; i < list->items.size(); ++i) {
        collect_tensors(pickle_.at(list->items[i]), prefix + std::to_string(i), depth + 1);
      }
    }
  }

  void collect_numbers(const PickleValue& value, const PickleValue* state, const std::string& name,
                       int depth) {
    // What a trainer saves beside its network may be deep and large, and says nothing to us then.
    if (&value == state || depth > 2 || ++visited_ > kMostEntries) return;
    if (const auto* real = std::get_if<double>(&value.data)) {
      out_.numbers.emplace_back(name, *real);
    } else if (const auto* integer = std::get_if<int64_t>(&value.data)) {
      out_.numbers.emplace_back(name, static_cast<double>(*integer));
    } else if (const auto* dictionary = std::get_if<PickleDictionary>(&value.data)) {
      for (const auto& [key, item] : dictionary->items) {
        collect_numbers(pickle_.at(item), state, (name.empty() ? "" : name + ".") + entry_name(key),
                        depth + 1);
      }
    }
  }

  const TorchArchive& archive_;
  const Pickle& pickle_;
  StoredCheckpoint& out_;
  size_t visited_ = 0;
};

void strip_wrappers(std::vector<StridedTensor>& tensors) {
  for (bool stripped = !tensors.empty(); stripped;) {
    stripped = false;
    for (const std::string_view wrapper : kWrappers) {
      const auto wrapped = [&](const StridedTensor& t) { return t.name.starts_with(wrapper); };
      if (!std::ranges::all_of(tensors, wrapped)) continue;
      for (StridedTensor& tensor : tensors) tensor.name.erase(0, wrapper.size());
      stripped = true;
    }
  }
}

}  // namespace

TorchArchive::TorchArchive(const fs::path& path, MappedFile file)
    : zip_(open_torch_zip(path, std::move(file))) {
  for (const std::string_view name : zip_.names()) {
    if (name.ends_with(kPickleRecord)) prefix_ = name.substr(0, name.size() - kPickleRecord.size());
  }
  if (prefix_.empty()) {
    fail("open {}: expected a file written by torch.save, found a zip archive without data.pkl",
         path.string());
  }
  if (zip_.has(prefix_ + "/constants.pkl")) {
    fail(
        "open {}: expected a state_dict, found a TorchScript program, which holds code; save "
        "model.state_dict() instead",
        path.string());
  }
  if (const std::string order = prefix_ + "/byteorder"; zip_.has(order)) {
    const auto bytes = zip_.read(order);
    const std::string_view found(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (found != "little") {
      fail("open {}: expected little-endian numbers, found '{}'", path.string(), found);
    }
  }
  pickle_ =
      std::make_unique<Pickle>(zip_.read(prefix_ + std::string(kPickleRecord)), path.string());
}

std::span<const std::byte> TorchArchive::storage(std::string_view record) const {
  const auto known = storages_.find(record);
  if (known != storages_.end()) return known->second;
  const auto bytes = zip_.read(fmt::format("{}/data/{}", prefix_, record));
  storages_.emplace(record, bytes);
  return bytes;
}

StridedTensor TorchArchive::tensor(const PickleTensor& tensor, std::string name) const {
  StridedTensor out{.name = std::move(name),
                    .dtype = tensor.dtype,
                    .shape = tensor.shape,
                    .strides = tensor.strides,
                    .offset = tensor.offset,
                    .storage = storage(tensor.record)};
  const auto stored = static_cast<int64_t>(out.storage.size() / dtype_size(out.dtype));
  if (stored != tensor.storage_elements || out.storage.size() % dtype_size(out.dtype) != 0) {
    fail("open {}: tensor '{}': expected a storage of {} {} numbers, found {} bytes in record '{}'",
         path().string(), out.name, tensor.storage_elements, dtype_name(out.dtype),
         out.storage.size(), tensor.record);
  }
  check_strided(out, fmt::format("open {}", path().string()));
  return out;
}

StoredCheckpoint read_torch_checkpoint(const fs::path& path, MappedFile file,
                                       std::string_view key) {
  const auto archive = std::make_shared<const TorchArchive>(path, std::move(file));
  StoredCheckpoint out;
  out.owner = archive;
  CheckpointWalk(*archive, out).run(key);
  strip_wrappers(out.tensors);
  return out;
}

}  // namespace saltus
