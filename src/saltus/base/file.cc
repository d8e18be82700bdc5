#include "saltus/base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "saltus/base/error.h"

namespace saltus {
namespace {

constexpr size_t kSmallFile = 128 << 10;  // up to which a read is faster than a mapping

[[noreturn]] void fail_system(std::string_view operation, const fs::path& path) {
  const int code = errno;
  fail("{} {}: {}", operation, path.string(), std::strerror(code));
}

// Closes on scope exit; a descriptor whose close() matters is closed by hand and released first.
struct Descriptor {
  int value = -1;
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
};

Descriptor open_for_reading(const fs::path& path) {
  Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.value < 0) fail_system("open", path);
  return file;
}

size_t regular_file_size(const Descriptor& file, const fs::path& path) {
  struct stat status {};
  if (::fstat(file.value, &status) != 0) fail_system("stat", path);
  if (!S_ISREG(status.st_mode)) fail("open {}: expected a regular file", path.string());
  return static_cast<size_t>(status.st_size);
}

void read_whole(const Descriptor& file, const fs::path& path, std::span<std::byte> to) {
  while (!to.empty()) {
    const ssize_t n = ::read(file.value, to.data(), to.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_system("read", path);
    if (n == 0) fail("read {}: the file shrank while it was read", path.string());
    to = to.subspan(static_cast<size_t>(n));
  }
}

// A rename is only durable once the folder's own entry is on disk.
void sync_folder(const fs::path& file) {
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  const Descriptor descriptor{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (descriptor.value < 0) fail_system("open", folder);
  // Some file systems cannot sync a folder and say EINVAL; the rename itself has succeeded.
  if (::fsync(descriptor.value) != 0 && errno != EINVAL) fail_system("fsync", folder);
}

}  // namespace

std::string read_file(const fs::path& path) {
  const Descriptor file = open_for_reading(path);
  std::string bytes(regular_file_size(file, path), '\0');
  read_whole(file, path, std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

void write_file(const fs::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(bytes)));
  file.commit();
}

AtomicFile::AtomicFile(fs::path path) : path_(std::move(path)), temporary_(path_) {
  temporary_ += ".tmp";
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail_system("create", temporary_);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  check(descriptor_ >= 0, "AtomicFile::write after commit");
  while (!bytes.empty()) {
    const ssize_t n = ::write(descriptor_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_system("write", path_);
    bytes = bytes.subspan(static_cast<size_t>(n));
  }
}

void AtomicFile::commit() {
  check(descriptor_ >= 0, "AtomicFile::commit twice");
  if (::fsync(descriptor_) != 0) fail_system("fsync", path_);
  // close() can be the first to report a full network disk.
  if (::close(std::exchange(descriptor_, -1)) != 0) fail_system("close", path_);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail_system("rename to", path_);
  temporary_.clear();
  sync_folder(path_);
}

MappedFile::MappedFile(const fs::path& path) {
  const Descriptor file = open_for_reading(path);
  size_ = regular_file_size(file, path);
  if (size_ == 0) return;  // an empty mapping does not exist
  if (size_ <= kSmallFile) {
    copy_.reset(new std::byte[size_]);
    read_whole(file, path, {copy_.get(), size_});
    data_ = copy_.get();
    return;
  }
  void* data =
      ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file.value, 0);
  if (data == MAP_FAILED) fail_system("map", path);
  data_ = static_cast<const std::byte*>(data);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr && !copy_) ::munmap(const_cast<std::byte*>(data_), size_);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      copy_(std::move(other.copy_)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(copy_, other.copy_);
  return *this;
}

fs::path beside_program(std::string_view name) {
  return fs::read_symlink("/proc/self/exe").parent_path() / name;
}

uint64_t hash_bytes(std::span<const std::byte> bytes) {
  return XXH64(bytes.data(), bytes.size(), 0);
}

std::string hash_text(uint64_t hash) { return fmt::format("{:016x}", hash); }

}  // namespace saltus
