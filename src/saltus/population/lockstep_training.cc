#include "saltus/population/lockstep_training.h"

#include <torch/torch.h>

#include <chrono>

#include "saltus/base/error.h"
#include "saltus/network/device.h"
#include "saltus/network/lockstep_gradient.h"
#include "saltus/network/sparse_inputs.h"
#include "saltus/population/lockstep_optimizer.h"
#include "saltus/population/worker_arithmetic.h"

namespace saltus {

std::vector<SupervisedCheckpoint> train_networks(const SupervisedConfig& config,
                                                 const Architecture& architecture,
                                                 const at::Tensor& start,
                                                 std::span<const int64_t> kept,
                                                 ImageBatches& batches, const Job& job) {
  using Clock = std::chrono::steady_clock;
  check(start.dim() == 2 && start.size(1) == architecture.layout().parameters() &&
            start.scalar_type() == at::kFloat,
        "train_networks: starts [K, P] float32");
  const WorkerArithmetic arithmetic;
  const torch::NoGradGuard no_gradient;
  const at::Device device = device_named(job.device);
  const auto method = make_lockstep_gradient(
      architecture,
      {.convolutions = product_type(config.convolutions, device),
       .device = device,
       .sparse_inputs = SparseInputs::of(batches.at_iteration(0).inputs).has_value()});
  PackedNetworks theta = method->pack(start.to(device));
  PackedNetworks gradients;
  for (const at::Tensor& part : theta) gradients.push_back(at::empty_like(part));
  LockstepOptimizer optimizer(config, theta);

  std::vector<SupervisedCheckpoint> curve;
  double seconds = 0;
  int64_t iteration = 0;
  for (const int64_t next : kept) {
    const auto begin = Clock::now();
    for (; iteration < next; ++iteration) {
      if (job.stopped()) return curve;
      const ImageBatch& batch = batches.at_iteration(iteration);
      method->evaluate(theta, batch.inputs.to(device), cross_entropy_slope(batch.labels.to(device)),
                       gradients);
      optimizer.step(theta, gradients,
                     config.learning_rate_at(iteration, batches.steps_per_epoch()));
      job.report({.stage = "training",
                  .done = (iteration + 1) * start.size(0),
                  .total = kept.back() * start.size(0),
                  .unit = "network-steps"});
    }
    const at::Tensor reached = method->unpack(theta).cpu();  // having waited for it
    seconds += std::chrono::duration<double>(Clock::now() - begin).count();
    curve.push_back({iteration, seconds, reached});
  }
  return curve;
}

}  // namespace saltus
