// Gives every unit of a layer a part to play. Units differ at first by their random start weights
// alone, while a loss pulls all of them the same way: without roles they tend to become alike.
// Each role has a fixed random key, and the units take the roles, one each, by the assignment that
// fits starts to keys best, as networks are aligned to a reference (Ainsworth et al. 2023, "Git
// Re-Basin", §3.2). A unit then sees its role's learned embedding. Permuting the units permutes the
// result; which role a unit takes has no gradient.
#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace saltus {

class UnitRolesImpl : public torch::nn::Module {
 public:
  // Keys are drawn from `seed`.
  UnitRolesImpl(int64_t units, int64_t features, int64_t width, uint64_t seed);

  // start [B, units, features] -> which role each unit takes [B, units], a permutation a row.
  at::Tensor assign(const at::Tensor& start) const;
  // tokens [B, units, width] with the embeddings of their roles added.
  at::Tensor forward(const at::Tensor& tokens, const at::Tensor& start);

 private:
  at::Tensor key_;        // buffer [roles, features]
  at::Tensor embedding_;  // [roles, width]
};
TORCH_MODULE(UnitRoles);

}  // namespace saltus
