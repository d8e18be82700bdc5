// The optimisers of supervised populations, elementwise over packed parameters.
#pragma once

#include "saltus/network/lockstep_gradient.h"
#include "saltus/population/supervised.h"

namespace saltus {

// SGD with Nesterov momentum (Sutskever et al. 2013) as torch.optim.SGD(nesterov=True), or AdamW
// (Loshchilov & Hutter 2019) as torch.optim.AdamW. Its moments start at 0.
class LockstepOptimizer {
 public:
  // `like` has the shapes of what will be stepped.
  LockstepOptimizer(const SupervisedConfig& config, const PackedNetworks& like);

  // One update of `parameters` in place. On the calling thread's LibTorch threads.
  void step(PackedNetworks& parameters, const PackedNetworks& gradients, double learning_rate);

 private:
  SupervisedConfig config_;
  int64_t steps_ = 0;
  PackedNetworks momentum_, square_;  // sgd: momentum alone, none when it is 0; adamw: both means
};

}  // namespace saltus
