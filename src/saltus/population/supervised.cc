#include "saltus/population/supervised.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

#include "saltus/base/error.h"
#include "saltus/base/random.h"

namespace saltus {

void SupervisedConfig::declare(Options& options, const std::string& prefix) {
  const auto key = [&](const char* name) { return prefix + "." + name; };
  options.choice(key("optimizer"), optimizer, {"sgd", "adamw"}, "sgd with Nesterov momentum");
  options.add(key("learning_rate"), learning_rate, "the highest; falls to 0 by a cosine",
              {1e-9, 100});
  options.add(key("weight_decay"), weight_decay, "of every parameter", {0, 10});
  options.add(key("momentum"), momentum, "sgd's; 0: none", {0, 0.9999});
  options.add(key("beta1"), beta1, "adamw's mean of gradients", {0, 0.99999});
  options.add(key("beta2"), beta2, "adamw's mean of squares", {0, 0.99999999});
  options.add(key("epsilon"), epsilon, "adamw's, outside the root", {1e-16, 1});
  options.add(key("epochs"), epochs, "passes over the training images", {1, 1e6});
  options.add(key("steps"), steps, "iterations in all, instead of whole epochs; 0: epochs",
              {0, 1e9});
  options.add(key("batch"), batch, "images an iteration", {1, 1e6});
  options.choice(key("schedule"), schedule, {"epoch", "step", "constant"},
                 "when the cosine advances; or none");
  options.add(key("warmup"), warmup, "iterations of linear rise", {0, 1e9});
  options.choice(key("augmentation"), augmentation, {"none", "flip_crop"},
                 "of the training images: mirrored and shifted by up to 4 pixels");
  options.choice(key("convolutions"), convolutions, {"f32", "bf16"},
                 "a ConvNet's, forward and backward; parameters and the optimiser stay float32");
  options.choice(key("spacing"), spacing, {"log", "random"}, "of the kept iterations");
  options.add(key("lot"), lot, "networks trained side by side on the same mini-batches", {1, 4096});
}

void SupervisedConfig::validate() const {
  if (optimizer == "adamw" && learning_rate * weight_decay >= 1) {
    fail("supervised.weight_decay: expected less than 1 / learning_rate = {:g}, found {:g}",
         1 / learning_rate, weight_decay);
  }
}

double SupervisedConfig::learning_rate_at(int64_t iteration, int64_t per_epoch) const {
  double rate = learning_rate;
  if (schedule != "constant") {
    const bool by_epoch = schedule == "epoch";
    const int64_t all = steps > 0 ? steps : epochs * per_epoch;
    const auto done = static_cast<double>(by_epoch ? iteration / per_epoch : iteration);
    const auto end = by_epoch ? static_cast<double>(all) / static_cast<double>(per_epoch)
                              : static_cast<double>(all);
    rate *= (1 + std::cos(std::numbers::pi * done / end)) / 2;
  }
  if (iteration >= warmup) return rate;
  return rate * static_cast<double>(iteration + 1) / static_cast<double>(warmup);
}

namespace {

std::vector<int64_t> random_iterations(int64_t last, int64_t count, uint64_t seed) {
  RandomStream stream(seed, "population.kept");
  std::set<int64_t> kept = {0, last};
  // Drawing the smaller side, so that it ends soon even when almost all are kept.
  const int64_t inner = last - 1, wanted = count - 2;
  const bool keep = 2 * wanted <= inner;
  std::set<int64_t> drawn;
  while (static_cast<int64_t>(drawn.size()) < (keep ? wanted : inner - wanted)) {
    drawn.insert(1 + static_cast<int64_t>(stream.below(static_cast<uint64_t>(inner))));
  }
  for (int64_t i = 1; i < last; ++i) {
    if (drawn.contains(i) == keep) kept.insert(i);
  }
  return {kept.begin(), kept.end()};
}

std::vector<int64_t> log_iterations(int64_t last, int64_t count) {
  std::vector<int64_t> kept(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    const double x = static_cast<double>(i) / static_cast<double>(count - 1);
    const double at = std::expm1(x * std::log1p(static_cast<double>(last)));
    // Room must remain on both sides for the others, one iteration each.
    const int64_t low = i == 0 ? 0 : kept[static_cast<size_t>(i) - 1] + 1;
    kept[static_cast<size_t>(i)] =
        std::clamp<int64_t>(std::llround(at), low, last - (count - 1 - i));
  }
  return kept;
}

}  // namespace

std::vector<int64_t> spaced_iterations(const std::string& spacing, int64_t last, int64_t count,
                                       uint64_t seed) {
  check(count >= 2 && count <= last + 1, "spaced_iterations: 2 to last + 1 iterations");
  return spacing == "random" ? random_iterations(last, count, seed) : log_iterations(last, count);
}

void check_iterations(std::span<const int64_t> kept, int64_t last, const std::string& what) {
  if (kept.empty()) fail("{}: expected at least one iteration, found none", what);
  for (size_t i = 0; i < kept.size(); ++i) {
    const int64_t low = i == 0 ? 0 : kept[i - 1] + 1;
    if (kept[i] < low || kept[i] > last) {
      fail("{}: expected ascending numbers up to the last iteration {}, found {} at place {}", what,
           last, kept[i], i + 1);
    }
  }
}

}  // namespace saltus
