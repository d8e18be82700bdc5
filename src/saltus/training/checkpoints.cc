#include "saltus/training/checkpoints.h"

namespace saltus {

at::Tensor read_checkpoints(const Zoo& zoo, const std::vector<CheckpointId>& which) {
  const auto width = static_cast<size_t>(zoo.parameters());
  at::Tensor theta = at::empty({static_cast<int64_t>(which.size()), zoo.parameters()});
  float* row = theta.mutable_data_ptr<float>();
  for (const auto& [run, checkpoint] : which) {
    zoo.read(run, checkpoint, {row, width});
    row += width;
  }
  return theta;
}

}  // namespace saltus
