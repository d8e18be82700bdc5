// Writes zip archives of stored records, as PyTorch and numpy read them.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace saltus {

// The same records give the same bytes: dates are those of no day.
class ZipWriter {
 public:
  // Records keep their order; the data of each begins at a multiple of 64 bytes.
  void add(std::string_view name, std::span<const std::byte> bytes);
  void add(std::string_view name, std::string_view text);
  // The archive. Error when it has more than 65,535 records or 4 GiB, which zip64 alone could hold.
  std::string finish();

 private:
  std::string bytes_, directory_;
  size_t records_ = 0;
};

}  // namespace saltus
