#include "saltus/formats/checkpoint_file.h"

#include <charconv>

#include "saltus/base/error.h"
#include "saltus/formats/numpy_file.h"
#include "saltus/formats/torch_archive.h"
#include "saltus/formats/torch_writer.h"

namespace saltus {
namespace {

StoredCheckpoint read_safetensors(const fs::path& path) {
  const auto file = std::make_shared<const SafetensorsFile>(path);
  StoredCheckpoint out;
  out.owner = file;
  for (const TensorView& view : file->tensors()) {
    out.tensors.push_back(dense_tensor(view.name, view.dtype, view.shape, view.bytes));
  }
  for (const auto& [name, text] : file->metadata()) {
    double value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, code] = std::from_chars(text.data(), end, value);
    if (code == std::errc() && stop == end) out.numbers.emplace_back(name, value);
  }
  return out;
}

// Which kind of zip archive: numpy's records are named *.npy. `bytes` begin with a local header.
bool is_npz(std::string_view bytes) {
  constexpr size_t kNameSize = 26, kName = 30;
  if (bytes.size() < kName) return false;
  const size_t size = static_cast<unsigned char>(bytes[kNameSize]);  // longer ones are none we know
  return bytes.substr(kName, size).ends_with(".npy");
}

}  // namespace

StoredCheckpoint read_checkpoint(const fs::path& path, std::string_view key) {
  MappedFile file(path);
  const std::string_view bytes(reinterpret_cast<const char*>(file.bytes().data()),
                               file.bytes().size());
  const bool safetensors = bytes.size() > 8 && bytes[8] == '{';  // after the length of its header
  const bool zip = !safetensors && bytes.starts_with("PK");
  // A pickle that is no zip is torch's, too: the reader says what is wrong with it.
  const bool pickle = !safetensors && bytes.starts_with("\x80");
  if (pickle || (zip && !is_npz(bytes))) return read_torch_checkpoint(path, std::move(file), key);
  if (!key.empty()) {
    fail("open {}: expected a file of torch.save, in which to look for '{}'; leave out --key",
         path.string(), key);
  }
  if (zip) return read_npz(path, std::move(file));
  if (bytes.starts_with("\x93NUMPY")) return read_npy(path, std::move(file));
  return read_safetensors(path);
}

const std::vector<std::string>& written_formats() {
  static const std::vector<std::string> formats = {"safetensors", "pt", "npz"};
  return formats;
}

std::string encode_checkpoint(std::string_view format, const std::vector<TensorView>& tensors,
                              const Metadata& metadata) {
  if (format == "safetensors") return encode_safetensors(tensors, metadata);
  if (format == "pt") return encode_torch(tensors);
  if (format == "npz") return encode_npz(tensors);
  fail("write a checkpoint: expected a format of {}, found '{}'",
       fmt::join(written_formats(), ", "), format);
}

}  // namespace saltus
