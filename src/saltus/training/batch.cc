#include "saltus/training/batch.h"

#include <limits>
#include <numeric>

#include "saltus/base/error.h"

namespace saltus {
namespace {

// Timesteps near the noise end are the ones a few-evaluation sampler visits.
constexpr double kNearNoiseWidth = 200;

int64_t draw_timestep(double near_noise, RandomStream& random) {
  if (random.uniform_double() < near_noise) {
    const double u = random.uniform_double();
    return 999 - static_cast<int64_t>(u * u * kNearNoiseWidth);
  }
  return static_cast<int64_t>(random.below(1000));
}

// The gather index of a fresh permutation of every unit group.
at::Tensor random_permutation(const ZooDescription& zoo, RandomStream& random) {
  std::vector<std::vector<int64_t>> permutations;
  for (const UnitGroup& group : zoo.symmetry.groups()) {
    auto& order = permutations.emplace_back(static_cast<size_t>(group.units));
    std::iota(order.begin(), order.end(), 0);
    for (size_t i = order.size() - 1; i > 0; --i) std::swap(order[i], order[random.below(i + 1)]);
  }
  return at::tensor(zoo.symmetry.gather_index(zoo.layout, permutations), at::kLong);
}

// Users may prompt any subset: half of the rows keep one metric alone.
void leave_prompts_out(at::Tensor prompts, RandomStream& random) {
  const auto kept = static_cast<int64_t>(random.below(static_cast<uint64_t>(prompts.size(0))));
  if (random.uniform() < 0.5f) return;
  const at::Tensor value = prompts[kept].clone();
  prompts.fill_(std::numeric_limits<double>::quiet_NaN());
  prompts[kept] = value;
}

}  // namespace

Batch Batch::to(at::Device device) const {
  Batch moved = *this;
  for (at::Tensor* tensor : {&moved.start, &moved.target, &moved.start_metric, &moved.target_metric,
                             &moved.timestep, &moved.noise, &moved.probe_inputs}) {
    if (tensor->defined()) *tensor = tensor->to(device);
  }
  return moved;
}

Batch make_batch(const BatchConfig& config, const Zoo& zoo, const std::vector<Pair>& pairs,
                 const Probes& probes, const MeasuredNetworks& fresh, RandomStream& random) {
  const auto size = static_cast<int64_t>(pairs.size());
  const int64_t parameters = zoo.parameters();
  Batch b;
  b.start = at::empty({size, parameters});
  b.target = at::empty({size, parameters});
  const auto metrics = static_cast<int64_t>(config.metrics.size());
  b.start_metric = at::empty({size, metrics}, at::kDouble);
  b.target_metric = at::empty({size, metrics}, at::kDouble);
  b.timestep = at::empty({size}, at::kLong);
  b.noise = at::empty({size, config.dimension});
  const auto width = static_cast<size_t>(parameters);
  for (int64_t i = 0; i < size; ++i) {
    const Pair& pair = pairs[static_cast<size_t>(i)];
    zoo.read(pair.run, pair.start, {b.start.data_ptr<float>() + i * parameters, width});
    zoo.read(pair.run, pair.target, {b.target.data_ptr<float>() + i * parameters, width});
    for (int64_t m = 0; m < metrics; ++m) {
      const auto column = static_cast<int64_t>(config.metrics[static_cast<size_t>(m)]);
      const int64_t at = i * metrics + m;
      b.start_metric.data_ptr<double>()[at] = zoo.metric(pair.run, pair.start, column);
      b.target_metric.data_ptr<double>()[at] = zoo.metric(pair.run, pair.target, column);
    }
    if (metrics > 1) leave_prompts_out(b.target_metric[i], random);
    b.timestep.data_ptr<int64_t>()[i] = draw_timestep(config.near_noise, random);
    if (config.permute) {
      const at::Tensor order = random_permutation(zoo.description(), random);
      b.start[i] = b.start[i].index_select(0, order);
      b.target[i] = b.target[i].index_select(0, order);
    }
  }
  check(config.updated <= config.unpaired && config.unpaired <= size, "make_batch: unpaired rows");
  b.unpaired = config.unpaired;
  b.updated = config.updated;
  const size_t at =
      b.unpaired > 0 && config.sampled.size() > 1 ? random.below(config.sampled.size()) : 0;
  b.passed.assign(config.sampled.begin(), config.sampled.begin() + static_cast<int64_t>(at));
  for (int64_t i = 0; i < b.unpaired; ++i) {
    const auto k = static_cast<int64_t>(random.below(static_cast<uint64_t>(fresh.size())));
    b.start[i] = fresh.theta[k];
    b.target[i] = fresh.theta[k];
    b.start_metric[i] = fresh.metric[k];
    b.timestep.data_ptr<int64_t>()[i] = config.sampled[at];
  }
  if (config.mirror && probes.mirror.defined()) {
    at::Tensor flip = at::empty({size, 1}, at::kBool);
    for (int64_t i = 0; i < size; ++i) flip.data_ptr<bool>()[i] = random.uniform() < 0.5f;
    const at::Tensor signs = at::where(flip, probes.mirror, at::ones_like(probes.mirror));
    b.start = b.start * signs;
    b.target = b.target * signs;
  }
  random.fill_normal({b.noise.data_ptr<float>(), static_cast<size_t>(b.noise.numel())});
  if (config.probes > 0) b.probe_inputs = probes.draw(config.probes, random);
  b.data = RandomStream(random.bits64(), "batch.data");
  return b;
}

Batch draw_batch(const BatchConfig& config, const Zoo& zoo, const PairSampler& pairs,
                 const Probes& probes, const MeasuredNetworks& fresh, RandomStream random) {
  std::vector<Pair> drawn;
  for (int64_t i = 0; i < config.size; ++i) drawn.push_back(pairs.draw(random));
  return make_batch(config, zoo, drawn, probes, fresh, random);
}

}  // namespace saltus
