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

// What networks of one layout share.
struct NetworkKind {
  explicit NetworkKind(Layout tensors);

  const Layout layout;
  const uint64_t hash;
};

struct KeptNetwork {
  std::shared_ptr<const NetworkKind> kind;
  std::vector<float> theta;
};

// Keeps those used last, within a number of bytes. From any thread.
class NetworkStore {
 public:
  explicit NetworkStore(int64_t bytes) : most_(bytes) {}

  // -> its handle, 16 hex digits: a hash of layout and floats, so the same network has the same
  // one.
  std::string put(std::shared_ptr<const NetworkKind> kind, std::vector<float> theta);
  // Null when there is none such, or no longer.
  std::shared_ptr<const KeptNetwork> find(const std::string& handle);

  int64_t bytes() const;
  int64_t size() const;

 private:
  struct Place {
    std::string handle;
    std::shared_ptr<const KeptNetwork> network;
  };
  mutable std::mutex mutex_;
  const int64_t most_;
  int64_t bytes_ = 0;
  std::list<Place> kept_;  // used last first
  std::unordered_map<std::string, std::list<Place>::iterator> by_handle_;
};

}  // namespace saltus
