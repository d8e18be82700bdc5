#include "saltus/server/network_store.h"

#include "saltus/base/error.h"
#include "saltus/base/file.h"

namespace saltus {
namespace {

int64_t bytes_of(const NetworkStore::Entry& entry) {
  constexpr int64_t kBesides = 1024;  // layout, list, table
  return kBesides + static_cast<int64_t>(entry.theta->size() * sizeof(float));
}

}  // namespace

std::string NetworkStore::put(const Layout& layout, std::vector<float> theta) {
  const std::string shape = layout.to_json().dump();
  const uint64_t hashes[2] = {hash_bytes(std::as_bytes(std::span(shape))),
                              hash_bytes(std::as_bytes(std::span(theta)))};
  std::string handle = hash_text(hash_bytes(std::as_bytes(std::span(hashes))));
  const std::lock_guard lock(mutex_);
  const auto known = by_handle_.find(handle);
  if (known != by_handle_.end()) {
    kept_.splice(kept_.begin(), kept_, known->second);
    return handle;
  }
  auto entry = std::make_shared<const Entry>(
      Entry{layout, std::make_shared<const std::vector<float>>(std::move(theta))});
  bytes_ += bytes_of(*entry);
  kept_.push_front({handle, std::move(entry)});
  by_handle_[handle] = kept_.begin();
  while (bytes_ > most_ && kept_.size() > 1) {
    bytes_ -= bytes_of(*kept_.back().entry);
    by_handle_.erase(kept_.back().handle);
    kept_.pop_back();
  }
  return handle;
}

std::shared_ptr<const NetworkStore::Entry> NetworkStore::find(const std::string& handle) {
  const std::lock_guard lock(mutex_);
  const auto known = by_handle_.find(handle);
  if (known == by_handle_.end()) return nullptr;
  kept_.splice(kept_.begin(), kept_, known->second);
  return known->second->entry;
}

Theta NetworkStore::find(const std::string& handle, const Layout& layout) {
  const std::shared_ptr<const Entry> entry = find(handle);
  if (entry == nullptr) return nullptr;
  if (!(entry->layout == layout)) {
    fail("network {}: expected one of {} parameters in the model's tensors, found another of {}",
         handle, layout.parameters(), entry->layout.parameters());
  }
  return entry->theta;
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
