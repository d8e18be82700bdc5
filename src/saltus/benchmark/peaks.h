// What this machine can do at best, measured now: what the figures of `saltus bench` are shares of.
#pragma once

#include <filesystem>
#include <string>

#include "saltus/base/job.h"
#include "saltus/base/options.h"

namespace saltus {

struct Peaks {
  // FLOP/s of LibTorch's matrix product, all threads; of one asked for in bf16, as product_type
  // has it.
  double gemm_f32 = 0, gemm_bf16 = 0;
  double memory_copy = 0;      // bytes/s copied, all threads
  double page_cache_read = 0;  // bytes/s read from a file that is in memory, all threads
  double disk_write = 0;       // bytes/s written to a new file, synced

  // By the name of the member; Error with the nearest one.
  double named(const std::string& name) const;
  Json to_json() const;
};

// Takes a few seconds; writes files of 256 MB to `scratch` and removes them.
Peaks measure_peaks(const Job& job, const std::filesystem::path& scratch);

}  // namespace saltus
