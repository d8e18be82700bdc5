#include "saltus/generator/row_noise.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace saltus {
namespace {

RandomStream noise_stream(uint64_t seed, int64_t sample) {
  return {seed, "generator.noise", static_cast<uint64_t>(sample)};
}

}  // namespace

void turn_towards(std::span<const float> to, double turn, std::span<float> from) {
  double dot = 0, from_square = 0, to_square = 0;
  for (size_t i = 0; i < from.size(); ++i) {
    dot += static_cast<double>(from[i]) * to[i];
    from_square += static_cast<double>(from[i]) * from[i];
    to_square += static_cast<double>(to[i]) * to[i];
  }
  const double cosine = dot / std::sqrt(from_square * to_square);
  const double angle = std::acos(std::clamp(cosine, -1.0, 1.0));
  double from_share = 1 - turn, to_share = turn;  // what the formula tends to for small angles
  if (std::sin(angle) > 1e-6) {
    from_share = std::sin((1 - turn) * angle) / std::sin(angle);
    to_share = std::sin(turn * angle) / std::sin(angle);
  }
  for (size_t i = 0; i < from.size(); ++i) {
    from[i] = static_cast<float>(from_share * from[i] + to_share * to[i]);
  }
}

RowNoiseStream::RowNoiseStream(const RowNoise& noise)
    : from_(noise_stream(noise.seed, noise.sample)), turn_(noise.turn) {
  if (turn_ > 0) to_ = noise_stream(noise.toward, noise.sample);
}

void RowNoiseStream::draw(std::span<float> out) {
  from_.fill_normal(out);
  if (!to_) return;
  std::vector<float> to(out.size());
  to_->fill_normal(to);
  turn_towards(to, turn_, out);
}

}  // namespace saltus
