// The noise that one row of an update starts from, and the way from one noise to another.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "saltus/base/random.h"

namespace saltus {

struct RowNoise {
  uint64_t seed = 0;
  int64_t sample = 0;
  // The noise turned towards that of (toward, sample) by this share of the angle between the two.
  uint64_t toward = 0;
  double turn = 0;  // 0 to 1
};

// Moves `from` along the great circle to `to` by the share `turn` of their angle (Shoemake 1985):
// between two draws of N(0, 1), all on the way are as likely as draws, which those on the straight
// line, too short, are not.
void turn_towards(std::span<const float> to, double turn, std::span<float> from);

// The row's draws, one after the other.
class RowNoiseStream {
 public:
  explicit RowNoiseStream(const RowNoise& noise);
  void draw(std::span<float> out);  // N(0, 1)

 private:
  RandomStream from_;
  std::optional<RandomStream> to_;  // where there is a turn
  double turn_;
};

}  // namespace saltus
