// Files: read whole, mapped, or written so that a crash leaves the old or the new one, never half.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace saltus {

namespace fs = std::filesystem;

// Errors name the path and the system's reason (missing, permission, disk full).
std::string read_file(const fs::path& path);

// Writes aside (path + ".tmp"), fsyncs, renames over `path`, fsyncs the folder. On failure (a full
// disk) the temporary is removed, the old file stays as it was, and Error is thrown.
void write_file(const fs::path& path, std::string_view bytes);

// The same for a file written in parts. Destroyed without commit(), it leaves no trace.
class AtomicFile {
 public:
  explicit AtomicFile(fs::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void commit();

 private:
  fs::path path_, temporary_;
  int descriptor_ = -1;
};

// A file's bytes, never written to: a memory mapping, or for small files, where that is faster, a
// copy. The pages are this process's own: a foreign owner of the memory, a tensor say, that writes
// to them changes what it sees, not the file, and not for longer than until release(). Movable; the
// bytes do not move.
class MappedFile {
 public:
  explicit MappedFile(const fs::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  // Lets go of the memory that pages read so far take in this process. They stay in the system's
  // cache while there is room, and are mapped anew when read; other threads may read meanwhile.
  void release() const;

 private:
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
  std::unique_ptr<std::byte[]> copy_;
};

// A file in the folder of the program that runs, whose symbolic links are followed.
fs::path beside_program(std::string_view name);

uint64_t hash_bytes(std::span<const std::byte> bytes);  // xxhash64, seed 0
std::string hash_text(uint64_t hash);                   // 16 lower-case hex digits

}  // namespace saltus
