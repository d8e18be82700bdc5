// The share that this process has in a training: all of it, or some workers of each batch where
// several processes train together (base/team.h).
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "saltus/base/job.h"
#include "saltus/base/team.h"
#include "saltus/training/nccl.h"

namespace saltus {

// All processes take the same steps; what they compute apart is the gradients of their own workers.
class WorkerShare {
 public:
  // Of `workers`, parts of a batch, computed on `device`. Error unless they are a multiple of the
  // processes.
  WorkerShare(const Job& job, int64_t workers, at::Device device);

  int64_t workers() const { return workers_ / team_.size(); }  // of this process
  // Which batch of the training is number `count` of those this process draws, step after step.
  int64_t batch_number(int64_t count) const;
  bool leads() const { return team_.leads(); }  // writes the files

  // gradient [N] and loss, sums over own workers, become those over all. What is sent also tells
  // whether a process was asked to stop, so that all stop after the same step. Gradients of GPUs
  // are summed by NCCL; where its processes cannot join it, by way of the CPU's memory.
  void sum(const at::Tensor& gradient, double& loss);
  bool stopped() const;                                     // as of the last sum
  bool any_stopped() { return team_.any(job_.stopped()); }  // as of now; waits for all

  // How: for training.json. Empty of a process alone.
  std::string summed_by() const;

  // Error unless `training` is the same text in all processes.
  void check_same_training(const std::string& training);
  // Error unless the weights are the same bytes in all processes; `state` is what to go on from.
  void check_same_weights(const at::Tensor& weights, const std::filesystem::path& state);

 private:
  const Job& job_;
  Team alone_;
  Team& team_;
  int64_t workers_;
  std::unique_ptr<Nccl> nccl_;  // of a team with GPUs
  bool team_stops_ = false;
};

}  // namespace saltus
