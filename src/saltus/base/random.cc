#include "saltus/base/random.h"

#include <algorithm>

#include "saltus/base/error.h"
#include "saltus/base/normal_kernels.h"

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

void RandomStream::count(uint64_t blocks) {
  const uint64_t next = (counter_[0] | static_cast<uint64_t>(counter_[1]) << 32) + blocks;
  counter_[0] = static_cast<uint32_t>(next);
  counter_[1] = static_cast<uint32_t>(next >> 32);
}

void RandomStream::refill() {
  block_ = philox(counter_, key_);
  count(1);
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
  float value = 0;
  fill_normal({&value, 1});
  return value;
}

void RandomStream::fill_normal(std::span<float> out) {
  static const NormalKernels& kernels = normal_kernels(selected_isa());
  constexpr size_t kPairs = 64;  // at a time
  std::array<uint32_t, 4 * kPairs> words;
  while (!out.empty()) {
    if (has_spare_) {
      has_spare_ = false;
      out[0] = spare_;
      out = out.subspan(1);
      continue;
    }
    const size_t pairs = std::clamp<size_t>(out.size() / 2, 1, kPairs);
    if (left_ == 0) {
      kernels.philox(counter_, key_, static_cast<int64_t>(pairs), words.data());
      count(pairs);
    } else {
      for (size_t i = 0; i < 4 * pairs; ++i) words[i] = bits();
    }
    if (out.size() == 1) {
      std::array<float, 2> both;
      kernels.normals(words.data(), 1, both.data());
      out[0] = both[0];
      spare_ = both[1];
      has_spare_ = true;
      return;
    }
    kernels.normals(words.data(), static_cast<int64_t>(pairs), out.data());
    out = out.subspan(2 * pairs);
  }
}

}  // namespace saltus
