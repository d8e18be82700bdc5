#include "saltus/training/worker_share.h"

#include <ATen/Functions.h>

#include "saltus/base/error.h"
#include "saltus/base/file.h"

namespace saltus {

WorkerShare::WorkerShare(const Job& job, int64_t workers, at::Device device)
    : job_(job), team_(job.team == nullptr ? alone_ : *job.team), workers_(workers) {
  if (workers % team_.size() != 0) {
    fail("train: training.workers must be a multiple of the {} processes, found {}", team_.size(),
         workers);
  }
  if (team_.size() > 1 && device.is_cuda()) nccl_ = std::make_unique<Nccl>(team_, device);
}

int64_t WorkerShare::batch_number(int64_t count) const {
  const int64_t step = count / workers(), own = count % workers();
  return step * workers_ + team_.rank() * workers() + own;
}

void WorkerShare::sum(const at::Tensor& gradient, double& loss) {
  if (team_.size() == 1) return;
  const at::Tensor own = at::tensor({static_cast<float>(loss), job_.stopped() ? 1.F : 0.F});
  at::Tensor message = own;
  if (nccl_ && nccl_->joined()) {
    nccl_->sum(gradient);
  } else {
    message = at::cat({gradient.cpu(), own});
  }
  team_.sum({message.mutable_data_ptr<float>(), static_cast<size_t>(message.numel())});
  if (message.numel() > own.numel()) gradient.copy_(message.narrow(0, 0, gradient.numel()));
  loss = message[-2].item<double>();
  team_stops_ = message[-1].item<float>() > 0;
}

std::string WorkerShare::summed_by() const {
  if (team_.size() == 1) return "";
  if (!nccl_) return "MPI";
  return nccl_->joined() ? "NCCL" : "MPI, by way of the CPU's memory: " + nccl_->obstacle();
}

bool WorkerShare::stopped() const { return team_.size() == 1 ? job_.stopped() : team_stops_; }

void WorkerShare::check_same_training(const std::string& training) {
  if (team_.same(hash_bytes(std::as_bytes(std::span(training))))) return;
  fail(
      "train: expected {} processes at the same step of the same training, found others; give all "
      "the same options, and folders that all of them see",
      team_.size());
}

void WorkerShare::check_same_weights(const at::Tensor& weights, const fs::path& state) {
  if (team_.size() == 1) return;
  const at::Tensor here = weights.cpu();
  const std::span values(here.const_data_ptr<float>(), static_cast<size_t>(here.numel()));
  if (team_.same(hash_bytes(std::as_bytes(values)))) return;
  fail(
      "train: the weights of the {} processes are no longer the same: they compute in unlike ways; "
      "use machines of one kind, and go on from {}",
      team_.size(), state.string());
}

}  // namespace saltus
