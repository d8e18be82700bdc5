// Counter-based random streams (Philox 4x32-10; Salmon et al. 2011, "Parallel random numbers: as
// easy as 1, 2, 3"). A stream is a pure function of (seed, name, index): what is drawn never
// depends on threads, batch size or on what other streams have drawn.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace saltus {

// One block of Philox 4x32-10: a bijection of the counter for each key.
std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

class RandomStream {
 public:
  // `name` says what the numbers are for ("training.pairs"); `index` is the run, step or sample.
  RandomStream(uint64_t seed, std::string_view name, uint64_t index = 0);

  uint32_t bits();                         // 32 random bits
  uint64_t bits64();                       // 64 random bits
  float uniform();                         // [0, 1), 24 bits
  double uniform_double();                 // [0, 1), 53 bits
  uint64_t below(uint64_t n);              // [0, n), n > 0, unbiased
  float normal();                          // N(0, 1), by NormalKernels
  void fill_normal(std::span<float> out);  // N(0, 1), the same values as repeated normal()

 private:
  void count(uint64_t blocks);
  void refill();

  std::array<uint32_t, 2> key_;
  std::array<uint32_t, 4> counter_;
  std::array<uint32_t, 4> block_{};
  int left_ = 0;
  float spare_ = 0;
  bool has_spare_ = false;
};

}  // namespace saltus
