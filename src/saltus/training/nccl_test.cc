#include "saltus/training/nccl.h"

#include <ATen/Functions.h>
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <barrier>
#include <thread>
#include <vector>

#include "saltus/network/device.h"

namespace saltus {
namespace {

// The threads of a test as a team.
class ThreadTeam : public Team {
 public:
  struct Meeting {
    explicit Meeting(int size) : all(size), shares(static_cast<size_t>(size)) {}
    std::barrier<> all;
    std::vector<std::vector<float>> shares;
  };
  ThreadTeam(Meeting& meeting, int rank) : meeting_(meeting), rank_(rank) {}

  int rank() const override { return rank_; }
  int size() const override { return static_cast<int>(meeting_.shares.size()); }
  void sum(std::span<float> values) override {
    meeting_.shares[static_cast<size_t>(rank_)].assign(values.begin(), values.end());
    meeting_.all.arrive_and_wait();
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = 0;
      for (const auto& share : meeting_.shares) values[i] += share[i];
    }
    meeting_.all.arrive_and_wait();
  }

 private:
  Meeting& meeting_;
  const int rank_;
};

void with_team(int size, const std::function<void(Team&)>& body) {
  ThreadTeam::Meeting meeting(size);
  std::vector<std::jthread> threads;
  for (int rank = 0; rank < size; ++rank) {
    threads.emplace_back([&, rank] {
      ThreadTeam team(meeting, rank);
      body(team);
    });
  }
}

TEST(Nccl, SumsOverTheTeam) {
  for (int time = 0; time < 2; ++time) {  // a second team does not meet the first
    with_team(3, [](Team& team) {
      const Nccl nccl(team, at::kCPU, SALTUS_FAKE_NCCL);
      ASSERT_TRUE(nccl.joined()) << nccl.obstacle();
      const at::Tensor values = at::arange(1000, at::kFloat) * (team.rank() + 1);
      nccl.sum(values);
      EXPECT_TRUE(at::equal(values, at::arange(1000, at::kFloat) * 6));
      nccl.sum(values);
      EXPECT_TRUE(at::equal(values, at::arange(1000, at::kFloat) * 18));
    });
  }
}

TEST(Nccl, WhereOneProcessHasNoneAllGoWithout) {
  with_team(2, [](Team& team) {
    const Nccl nccl(team, at::kCPU, team.leads() ? SALTUS_FAKE_NCCL : "libno-such-nccl.so");
    EXPECT_FALSE(nccl.joined());
    const char* expected = team.leads() ? "another process" : "libno-such-nccl.so";
    EXPECT_NE(nccl.obstacle().find(expected), std::string::npos) << nccl.obstacle();
  });
}

TEST(Nccl, SaysWhatTheLibrarySays) {
  with_team(4, [](Team& team) {
    const Nccl nccl(team, at::kCPU, SALTUS_FAKE_NCCL);
    EXPECT_EQ(nccl.obstacle(), "NCCL: too many ranks for the stand-in");
  });
}

// NCCL itself, which LibTorch's CUDA part loads: alone, with a GPU or without.
TEST(Nccl, TheLibraryAnswers) {
  if (dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) == nullptr) {
    GTEST_SKIP() << "no CUDA part of LibTorch here: " << dlerror();
  }
  at::Device device = at::kCPU;
  try {
    device = device_named("cuda");
  } catch (const std::exception&) {  // no GPU
  }
  Team alone;
  const Nccl nccl(alone, device);
  if (device.is_cpu()) {
    EXPECT_NE(nccl.obstacle().find("NCCL: unhandled cuda error"), std::string::npos)
        << nccl.obstacle();
    return;
  }
  ASSERT_TRUE(nccl.joined()) << nccl.obstacle();
  const at::Tensor values = at::arange(1000, at::kFloat).to(device);
  nccl.sum(values);
  EXPECT_TRUE(at::equal(values.cpu(), at::arange(1000, at::kFloat)));
}

}  // namespace
}  // namespace saltus
