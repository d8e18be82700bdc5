// Sums over the GPUs of a team by NCCL, NVIDIA's library for that. LibTorch's CUDA part brings it
// along; it is loaded when it is wanted and called by its C interface (NCCL 2), so that a build
// needs neither it nor CUDA.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>

#include "saltus/base/team.h"

namespace saltus {

class Nccl {
 public:
  // Joins the GPUs of all processes of the team, each of which calls this with its own GPU. Where
  // one of them cannot (no library; two processes on one GPU), none does: obstacle() says why.
  Nccl(Team& team, at::Device device, const std::string& library = "libnccl.so.2");
  ~Nccl();
  Nccl(const Nccl&) = delete;
  Nccl& operator=(const Nccl&) = delete;

  bool joined() const { return obstacle_.empty(); }
  const std::string& obstacle() const { return obstacle_; }

  // Each value of a contiguous float32 tensor on the GPU becomes its sum over the team, in the
  // order of what else LibTorch computes there. All processes call it. Error when NCCL reports one.
  void sum(const at::Tensor& values) const;

 private:
  struct UniqueId;
  struct Library;
  static void share(UniqueId& id, Team& team);
  void load(const std::string& library);
  void connect(Team& team);
  std::string reason(int result) const;

  const at::Device device_;
  std::unique_ptr<const Library> library_;
  void* communicator_ = nullptr;
  std::string obstacle_;
};

}  // namespace saltus
