#include "saltus/training/nccl.h"

#include <c10/core/DeviceGuard.h>
#include <dlfcn.h>

#include <algorithm>
#include <array>

#include "saltus/base/error.h"

namespace saltus {
namespace {

// What of nccl.h is used.
constexpr int kSuccess = 0, kFloat = 7, kSum = 0;

}  // namespace

struct Nccl::UniqueId {
  std::array<char, 128> bytes;
};

// The leader's becomes everyone's: as its sum with zeros, a byte a float.
void Nccl::share(UniqueId& id, Team& team) {
  std::array<float, sizeof(UniqueId)> values{};
  if (team.leads()) {
    std::ranges::transform(id.bytes, values.begin(), [](char c) {
      return static_cast<float>(static_cast<unsigned char>(c));
    });
  }
  team.sum(values);
  std::ranges::transform(values, id.bytes.begin(),
                         [](float v) { return static_cast<char>(static_cast<unsigned char>(v)); });
}

struct Nccl::Library {
  int (*get_unique_id)(UniqueId* id);
  int (*join)(void** communicator, int size, UniqueId id, int rank);
  int (*all_reduce)(const void* from, void* to, size_t count, int type, int operation,
                    void* communicator, void* stream);
  int (*leave)(void* communicator);
  const char* (*text)(int result);
};

Nccl::Nccl(Team& team, at::Device device, const std::string& library) : device_(device) {
  load(library);
  if (!team.any(!joined())) connect(team);
  const bool joined_here = joined();
  if (team.any(!joined_here) && joined_here) {
    obstacle_ = "another process could not join NCCL";
  }
}

Nccl::~Nccl() {
  if (communicator_ != nullptr) library_->leave(communicator_);
}

void Nccl::load(const std::string& library) {
  void* loaded = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (loaded == nullptr) {
    obstacle_ = fmt::format("NCCL cannot be loaded ({})", dlerror());
    return;
  }
  auto found = std::make_unique<Library>();
  const auto find = [&]<typename Function>(const char* name, Function& function) {
    function = reinterpret_cast<Function>(dlsym(loaded, name));
    if (function == nullptr) obstacle_ = fmt::format("{}: it has no {}", library, name);
  };
  find("ncclGetUniqueId", found->get_unique_id);
  find("ncclCommInitRank", found->join);
  find("ncclAllReduce", found->all_reduce);
  find("ncclCommDestroy", found->leave);
  find("ncclGetErrorString", found->text);
  library_ = std::move(found);
}

void Nccl::connect(Team& team) {
  UniqueId id{};
  const int made = team.leads() ? library_->get_unique_id(&id) : kSuccess;
  share(id, team);
  if (made != kSuccess) obstacle_ = reason(made);
  if (team.any(made != kSuccess)) return;
  const c10::DeviceGuard current(device_);
  const int result = library_->join(&communicator_, team.size(), id, team.rank());
  if (result != kSuccess) {
    obstacle_ = reason(result);
    communicator_ = nullptr;
  }
}

std::string Nccl::reason(int result) const {
  return fmt::format("NCCL: {}", library_->text(result));
}

void Nccl::sum(const at::Tensor& values) const {
  check(joined() && values.is_contiguous() && values.scalar_type() == at::kFloat,
        "Nccl::sum: a contiguous float32 tensor, once joined");
  const c10::DeviceGuard current(device_);
  void* data = values.mutable_data_ptr();
  // LibTorch computes on the default stream, unless told otherwise.
  const int result = library_->all_reduce(data, data, static_cast<size_t>(values.numel()), kFloat,
                                          kSum, communicator_, /*stream=*/nullptr);
  if (result != kSuccess) {
    fail("train: the gradients cannot be summed over the GPUs: {}; go on from the last save",
         reason(result));
  }
}

}  // namespace saltus
