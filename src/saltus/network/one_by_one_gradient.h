// Gradients of K networks, one network after another.
#pragma once

#include "saltus/network/lockstep_gradient.h"

namespace saltus {

// Packed: K tensors [P]. A network's rounding does not depend on its company.
class OneByOneGradient : public LockstepGradient {
 public:
  PackedNetworks pack(const at::Tensor& theta) const override;
  at::Tensor unpack(const PackedNetworks& packed) const override;
  void evaluate(const PackedNetworks& theta, const at::Tensor& inputs, const OutputSlope& slope,
                PackedNetworks& gradients) override;
  bool rounding_depends_on_company() const override { return false; }

 protected:
  // The inputs [B, I] as `one_network` wants them: what all networks share is done once.
  virtual at::Tensor prepared(const at::Tensor& inputs) { return inputs; }
  // Overwrites `gradient` [P] by that of the network theta [P]; `slope` is called once.
  virtual void one_network(const at::Tensor& theta, const at::Tensor& prepared_inputs,
                           const OutputSlope& slope, at::Tensor& gradient) = 0;
};

}  // namespace saltus
