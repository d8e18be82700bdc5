// Files that a program carries within itself; cmake/SaltusAssets.cmake puts them there.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace saltus {

struct Asset {
  std::string_view name;   // of the file, without its folder
  std::string_view bytes;  // live as long as the program
};

// The bytes of the asset called `name`; empty when there is none.
inline std::string_view asset_bytes(std::span<const Asset> assets, std::string_view name) {
  for (const Asset& asset : assets) {
    if (asset.name == name) return asset.bytes;
  }
  return {};
}

}  // namespace saltus
