#include "saltus/formats/checkpoint_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "saltus/base/error.h"
#include "saltus/formats/numpy_file.h"
#include "saltus/formats/torch_archive.h"
#include "saltus/formats/torch_writer.h"

namespace saltus {
namespace {

// The first bytes of a file, with the name of a zip archive's first record; fewer when it has
// fewer.
std::string head_of(const fs::path& path) {
  std::array<char, 256> head;
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const ssize_t count = file < 0 ? -1 : ::read(file, head.data(), head.size());
  const int code = errno;
  if (file >= 0) ::close(file);
  if (count < 0) fail("open {}: {}", path.string(), std::strerror(code));
  return {head.data(), static_cast<size_t>(count)};
}

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

// Which kind of zip archive: numpy's records are named *.npy. `head` begins with a local header.
bool is_npz(std::string_view head) {
  constexpr size_t kNameSize = 26, kName = 30;
  if (head.size() < kName) return false;
  const size_t size = static_cast<unsigned char>(head[kNameSize]);  // longer ones are none we know
  return head.substr(kName, size).ends_with(".npy");
}

}  // namespace

StoredCheckpoint read_checkpoint(const fs::path& path, std::string_view key) {
  const std::string head = head_of(path);
  const bool safetensors = head.size() > 8 && head[8] == '{';  // after the length of its header
  const bool zip = !safetensors && head.starts_with("PK");
  // A pickle that is no zip is torch's, too: the reader says what is wrong with it.
  const bool pickle = !safetensors && head.starts_with("\x80");
  if (pickle || (zip && !is_npz(head))) return read_torch_checkpoint(path, key);
  if (!key.empty()) {
    fail("open {}: expected a file of torch.save, in which to look for '{}'; leave out --key",
         path.string(), key);
  }
  if (zip) return read_npz(path);
  if (head.starts_with("\x93NUMPY")) return read_npy(path);
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
