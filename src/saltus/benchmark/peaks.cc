#include "saltus/benchmark/peaks.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <functional>
#include <vector>

#include "saltus/base/error.h"
#include "saltus/base/file.h"
#include "saltus/network/device.h"

namespace saltus {
namespace {

constexpr double kSeconds = 0.2;                         // of each measurement
constexpr size_t kBlock = size_t{64} << 20;              // bytes a thread copies or reads a call
constexpr size_t kBlocks = 4;                            // of a file
constexpr std::array<int64_t, 2> kSides = {1024, 2048};  // of the matrices

struct Named {
  const char* name;
  double Peaks::*value;
};
constexpr std::array<Named, 5> kNames = {{{"gemm_f32", &Peaks::gemm_f32},
                                          {"gemm_bf16", &Peaks::gemm_bf16},
                                          {"memory_copy", &Peaks::memory_copy},
                                          {"page_cache_read", &Peaks::page_cache_read},
                                          {"disk_write", &Peaks::disk_write}}};

// The best rate of `call`, which does `work`, over the calls that fit into kSeconds.
double best_rate(double work, const std::function<void()>& call) {
  using Clock = std::chrono::steady_clock;
  const auto seconds = [](Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
  };
  call();  // warm
  double best = 0;
  for (const auto begin = Clock::now(); best == 0 || seconds(begin) < kSeconds;) {
    const auto call_begin = Clock::now();
    call();
    best = std::max(best, work / seconds(call_begin));
  }
  return best;
}

// Products of one matrix a thread, as populations compute them, or of one on all threads, whichever
// is faster; over several sizes.
double gemm_peak(at::ScalarType type, int threads) {
  double best = 0;
  for (const int64_t side : kSides) {
    const double work = 2.0 * static_cast<double>(side * side * side);
    const at::Tensor a = at::randn({side, side}).to(type), b = at::randn({side, side}).to(type);
    std::vector<at::Tensor> out(static_cast<size_t>(threads));
    for (at::Tensor& one : out) one = at::empty({side, side}, type);
    best = std::max(best, best_rate(work, [&] { at::mm_out(out[0], a, b); }));
    best = std::max(best, best_rate(work * threads, [&] {
                      parallel_for(threads, threads, [&](int64_t i) {
                        at::set_num_threads(1);  // of this thread
                        at::mm_out(out[static_cast<size_t>(i)], a, b);
                      });
                    }));
    at::set_num_threads(threads);
  }
  return best;
}

double memory_peak(int threads) {
  std::vector<std::vector<char>> from, to;
  for (int i = 0; i < threads; ++i) {
    from.emplace_back(kBlock, static_cast<char>(i));
    to.emplace_back(kBlock);
  }
  return best_rate(static_cast<double>(kBlock) * threads, [&] {
    parallel_for(threads, threads, [&](int64_t i) {
      const auto thread = static_cast<size_t>(i);
      std::memcpy(to[thread].data(), from[thread].data(), kBlock);
    });
  });
}

double disk_peak(const fs::path& scratch) {
  const fs::path file = scratch / "disk-peak";
  const std::string bytes(kBlocks * kBlock, 'x');
  const double best =
      best_rate(static_cast<double>(bytes.size()), [&] { write_file(file, bytes); });
  fs::remove(file);
  return best;
}

double page_cache_peak(int threads, const fs::path& scratch) {
  const fs::path file = scratch / "page-cache-peak";
  write_file(file, std::string(kBlocks * kBlock, 'x'));
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail("{}: cannot read what was just written", file.string());
  std::vector<std::vector<char>> to(static_cast<size_t>(threads), std::vector<char>(kBlock));
  const double best = best_rate(static_cast<double>(kBlock) * threads, [&] {
    parallel_for(threads, threads, [&](int64_t i) {
      const ssize_t got = pread(descriptor, to[static_cast<size_t>(i)].data(), kBlock,
                                static_cast<off_t>(static_cast<size_t>(i) % kBlocks * kBlock));
      check(got == static_cast<ssize_t>(kBlock), "page cache: a block read whole");
    });
  });
  close(descriptor);
  fs::remove(file);
  return best;
}

}  // namespace

double Peaks::named(const std::string& name) const {
  std::vector<std::string> names;
  for (const Named& one : kNames) {
    if (name == one.name) return this->*one.value;
    names.emplace_back(one.name);
  }
  fail("peak: expected one of {}, found '{}'; did you mean {}?", fmt::join(names, ", "), name,
       nearest_name(name, names));
}

Json Peaks::to_json() const {
  Json json;
  for (const Named& one : kNames) json[one.name] = this->*one.value;
  return json;
}

Peaks measure_peaks(const Job& job, const fs::path& scratch) {
  const int threads = thread_count(job);
  return {.gemm_f32 = gemm_peak(at::kFloat, threads),
          .gemm_bf16 = gemm_peak(product_type("bf16", at::kCPU), threads),
          .memory_copy = memory_peak(threads),
          .page_cache_read = page_cache_peak(threads, scratch),
          .disk_write = disk_peak(scratch)};
}

}  // namespace saltus
