// Networks that clients uploaded or that updates made, by their content.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "saltus/network/layout.h"

namespace saltus {

using Theta = std::shared_ptr<const std::vector<float>>;

// Keeps those used last, within a number of bytes. From any thread.
class NetworkStore {
 public:
  explicit NetworkStore(int64_t bytes) : most_(bytes) {}

  // -> its handle, 16 hex digits: a hash of the layout and the floats, so the same network has the
  // same one.
  std::string put(const Layout& layout, std::vector<float> theta);
  // Null when there is none such, or no longer. Error when it has other tensors than `layout`.
  Theta find(const std::string& handle, const Layout& layout);
  // The layout, too; null when there is none such.
  struct Entry {
    Layout layout;
    Theta theta;
  };
  std::shared_ptr<const Entry> find(const std::string& handle);

  int64_t bytes() const;
  int64_t size() const;

 private:
  struct Kept {
    std::string handle;
    std::shared_ptr<const Entry> entry;
  };
  mutable std::mutex mutex_;
  const int64_t most_;
  int64_t bytes_ = 0;
  std::list<Kept> kept_;  // used last first
  std::unordered_map<std::string, std::list<Kept>::iterator> by_handle_;
};

}  // namespace saltus
