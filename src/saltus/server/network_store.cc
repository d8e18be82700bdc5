#include "saltus/server/network_store.h"

#include <span>

#include "saltus/base/file.h"

namespace saltus {
namespace {

uint64_t hash_of(const Layout& layout) {
  const std::string text = layout.to_json().dump();
  return hash_bytes(std::as_bytes(std::span(text)));
}

int64_t bytes_of(const KeptNetwork& network) {
  constexpr int64_t kBesides = 256;  // list and table
  return kBesides + static_cast<int64_t>(network.theta.size() * sizeof(float));
}

}  // namespace

NetworkKind::NetworkKind(Layout tensors) : layout(std::move(tensors)), hash(hash_of(layout)) {}

std::string NetworkStore::put(std::shared_ptr<const NetworkKind> kind, std::vector<float> theta) {
  const uint64_t hashes[] = {kind->hash, hash_bytes(std::as_bytes(std::span(theta)))};
  std::string handle = hash_text(hash_bytes(std::as_bytes(std::span(hashes))));
  auto network =
      std::make_shared<const KeptNetwork>(KeptNetwork{std::move(kind), std::move(theta)});
  const std::lock_guard lock(mutex_);
  const auto known = by_handle_.find(handle);
  if (known != by_handle_.end()) {
    kept_.splice(kept_.begin(), kept_, known->second);
    return handle;
  }
  bytes_ += bytes_of(*network);
  kept_.push_front({handle, std::move(network)});
  by_handle_[handle] = kept_.begin();
  while (bytes_ > most_ && kept_.size() > 1) {
    bytes_ -= bytes_of(*kept_.back().network);
    by_handle_.erase(kept_.back().handle);
    kept_.pop_back();
  }
  return handle;
}

std::shared_ptr<const KeptNetwork> NetworkStore::find(const std::string& handle) {
  const std::lock_guard lock(mutex_);
  const auto known = by_handle_.find(handle);
  if (known == by_handle_.end()) return nullptr;
  kept_.splice(kept_.begin(), kept_, known->second);
  return known->second->network;
}

int64_t NetworkStore::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

int64_t NetworkStore::size() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int64_t>(kept_.size());
}

}  // namespace saltus
