#include "saltus/task/cartpole_task.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <cmath>

#include "saltus/base/error.h"
#include "saltus/network/initialiser.h"
#include "saltus/task/cartpole.h"

namespace saltus {

namespace {

// Displacements of the observation at which hidden units are felt out, and the differences that
// turn their responses into features. 17 states: 0, +d, -d, +3d, -3d along each of four axes.
// The policy s -> -π(-s): odd in the weights of the first layer and in the whole last one.
at::Tensor mirror_signs() {
  const auto actor = make_mlp(cartpole_actor());
  const Layout& layout = actor->layout();
  at::Tensor signs = at::ones({layout.parameters()});
  for (const char* name : {"actor.0.weight", "actor.4.weight", "actor.4.bias"}) {
    const TensorSpec& tensor = layout.at(name);
    signs.narrow(0, tensor.offset, tensor.size).fill_(-1);
  }
  return signs;
}

Probes cartpole_probes() {
  const std::vector<float> reach = {0.3f, 0.6f, 0.1f, 0.6f};
  const at::Tensor axes = at::diag(at::tensor(reach));
  Probes probes;
  probes.fixed = at::cat({at::zeros({1, 4}), axes, -axes, 3 * axes, -3 * axes});
  // With c the response at 0, p and m at ±d, p3 and m3 at ±3d, the features are
  // c, p - m, p + m - 2c, (p3 - m3) / 2, (p3 + m3 - 2c) / 2.
  const at::Tensor one = at::eye(4);
  const at::Tensor none = at::zeros({4, 4});
  const at::Tensor centre = at::ones({4, 1});
  probes.transform = at::cat({
      at::cat({at::ones({1, 1}), at::zeros({1, 16})}, 1),
      at::cat({0 * centre, one, -one, none, none}, 1),
      at::cat({-2 * centre, one, one, none, none}, 1),
      at::cat({0 * centre, none, none, one / 2, -one / 2}, 1),
      at::cat({-centre, none, none, one / 2, one / 2}, 1),
  });
  // Around the states that policies visit, at scales log-uniform over a factor of ten.
  probes.draw = [](int64_t n, RandomStream& random) {
    constexpr float kSpread[] = {0.5f, 1, 0.15f, 1};
    at::Tensor states = at::empty({n, 4});
    auto* out = states.mutable_data_ptr<float>();
    for (int64_t i = 0; i < n; ++i) {
      const float scale = std::exp(random.uniform() * 2.3f - 1.6f);
      const std::span<float> state(out + i * 4, 4);
      random.fill_normal(state);
      for (size_t k = 0; k < 4; ++k) {
        state[k] = std::clamp(state[k] * kSpread[k] * scale, -kCartpoleSight, kCartpoleSight);
      }
    }
    return states;
  };
  probes.squash = true;
  probes.mirror = mirror_signs();
  return probes;
}

class CartpoleTask : public Task {
 public:
  CartpoleTask() : architecture_(make_mlp(cartpole_actor())) {
    Metric metric;
    metric.name = "return";
    metric.maximise = true;
    metric.measured_on = "simulator";
    metric.worst = 0;
    metric.best = kCartpoleSteps;
    metric.resolution = 5;
    metrics_ = {metric};
  }

  std::string name() const override { return "cartpole"; }
  const Architecture& architecture() const override { return *architecture_; }
  const std::vector<Metric>& metrics() const override { return metrics_; }

  void evaluate(std::span<const float> thetas, const EvaluateOptions& options, const Job& job,
                std::span<float> out) const override {
    const auto parameters = static_cast<size_t>(kCartpoleParameters);
    if (thetas.size() != out.size() * parameters) {
      fail("evaluate cartpole: expected {} networks of {} parameters, found {} floats", out.size(),
           parameters, thetas.size());
    }
    if (options.effort < kMlpBlock || options.effort % kMlpBlock != 0) {
      fail("evaluate cartpole: expected a number of episodes that is a multiple of {}, found {}",
           kMlpBlock, options.effort);
    }
    const Isa isa = selected_isa();
    parallel_for(static_cast<int64_t>(out.size()), thread_count(job), [&](int64_t k) {
      const auto at = static_cast<size_t>(k);
      CartpoleActor actor;
      pack_mlp(thetas.data() + at * parameters, actor);
      const RandomStream stream(options.seed, "cartpole.evaluate", static_cast<uint64_t>(k));
      out[at] = static_cast<float>(
          play_cartpole(actor, stream, options.effort, options.deterministic, isa).mean_return);
    });
  }

  std::vector<float> fresh_network(const std::string& scheme, uint64_t seed,
                                   uint64_t index) const override {
    std::vector<float> theta(static_cast<size_t>(kCartpoleParameters));
    RandomStream random(seed, "network.initialise", index);
    initialise(architecture_->layout(), scheme, random, theta, kCartpoleStartLogStd);
    return theta;
  }

  Probes probes() const override { return cartpole_probes(); }
  bool stochastic() const override { return true; }

 private:
  std::shared_ptr<const Architecture> architecture_;
  std::vector<Metric> metrics_;
};

}  // namespace

std::shared_ptr<const Task> make_cartpole() { return std::make_shared<CartpoleTask>(); }

}  // namespace saltus
