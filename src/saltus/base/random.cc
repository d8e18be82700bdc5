#include "saltus/base/random.h"

#include <cmath>
#include <numbers>

#include "saltus/base/error.h"

namespace saltus {
namespace {

// FNV-1a, then a final mix: the name only has to separate streams.
uint64_t hash_name(std::string_view name) {
  uint64_t hash = 0xcbf29ce484222325ull;
  for (unsigned char c : name) hash = (hash ^ c) * 0x100000001b3ull;
  hash ^= hash >> 32;
  return hash * 0x9e3779b97f4a7c15ull;
}

}  // namespace

std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = 0xd2511f53ull * counter[0];
    const uint64_t b = 0xcd9e8d57ull * counter[2];
    counter = {static_cast<uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(b),
               static_cast<uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(a)};
    key[0] += 0x9e3779b9u;
    key[1] += 0xbb67ae85u;
  }
  return counter;
}

RandomStream::RandomStream(uint64_t seed, std::string_view name, uint64_t index) {
  const uint64_t key = seed ^ hash_name(name);
  key_ = {static_cast<uint32_t>(key), static_cast<uint32_t>(key >> 32)};
  counter_ = {0, 0, static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32)};
}

void RandomStream::refill() {
  block_ = philox(counter_, key_);
  if (++counter_[0] == 0) ++counter_[1];
  left_ = 4;
}

uint32_t RandomStream::bits() {
  if (left_ == 0) refill();
  return block_[static_cast<size_t>(4 - left_--)];
}

uint64_t RandomStream::bits64() {
  const uint64_t low = bits();
  return low | static_cast<uint64_t>(bits()) << 32;
}

float RandomStream::uniform() { return static_cast<float>(bits() >> 8) * 0x1p-24f; }

double RandomStream::uniform_double() { return static_cast<double>(bits64() >> 11) * 0x1p-53; }

uint64_t RandomStream::below(uint64_t n) {
  check(n > 0, "RandomStream::below(0)");
  // Reject the incomplete last interval, so that every value is equally likely.
  const uint64_t limit = n * (UINT64_MAX / n);
  uint64_t value = bits64();
  while (value >= limit) value = bits64();
  return value % n;
}

float RandomStream::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return static_cast<float>(spare_);
  }
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform_double()));
  const double angle = 2.0 * std::numbers::pi * uniform_double();
  spare_ = radius * std::sin(angle);
  has_spare_ = true;
  return static_cast<float>(radius * std::cos(angle));
}

void RandomStream::fill_normal(std::span<float> out) {
  for (float& value : out) value = normal();
}

}  // namespace saltus
