// Gives every unit of a layer a part to play. Units differ at first by their random start weights
// alone, while a loss pulls all of them the same way: without roles they become copies of one. Each
// unit is softly assigned to one of as many learned roles, every role to one unit, by what its
// token says of its start, and learns its role's embedding. Permuting the units permutes the
// result. (Assignment by Sinkhorn's iteration: Mena et al. 2018, "Learning latent permutations with
// Gumbel-Sinkhorn networks", without the noise.)
#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace saltus {

// scores [B, n, n] -> matrices whose rows and columns sum to 1, the closer to a permutation the
// smaller the temperature.
at::Tensor sinkhorn(const at::Tensor& scores, double temperature, int64_t iterations);

class UnitRolesImpl : public torch::nn::Module {
 public:
  UnitRolesImpl(int64_t units, int64_t width);

  // tokens [B, units, width] -> tokens with their roles' embeddings added.
  at::Tensor forward(const at::Tensor& tokens);

 private:
  at::Tensor key_, value_;  // [roles, width]
};
TORCH_MODULE(UnitRoles);

}  // namespace saltus
