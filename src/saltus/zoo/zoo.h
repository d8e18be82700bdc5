// A zoo on disk, `saltus-zoo/1` (docs/zoo-format.md): runs of checkpoints with their metrics.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "saltus/base/safetensors.h"
#include "saltus/network/layout.h"
#include "saltus/network/metric.h"

namespace saltus {

enum class Split { train, validation, test };
std::string_view split_name(Split split);

// The split of a run, fixed for ever by its id >= 0: of each 20 consecutive ids (20 b ... 20 b +
// 19) one is test and one validation, chosen by a hash of b; the other 18 are train.
Split split_of_run(int64_t run);

// Everything in zoo.json but the plan and the list of shards.
struct ZooDescription {
  std::string task;
  Json architecture;  // Architecture::to_json
  Layout layout;
  Symmetry symmetry;
  std::vector<Metric> metrics;  // M
  int64_t checkpoints = 0;      // C, a run
  Dtype dtype = Dtype::F32;     // of the parameters: F32, BF16 or F16
  Json made_by;                 // resolved configuration, version: whatever explains the runs

  // The keys of zoo.json (docs/zoo-format.md); others are ignored. Error that begins with `where`
  // and names the key.
  static ZooDescription from_json(const Json& json, const std::string& where);
};

struct ZooIndex;     // zoo/index.h
struct HalfKernels;  // base/half_kernels.h

// One whole run in memory.
struct Run {
  int64_t id = 0;
  std::vector<float> parameters;   // [C, P]
  std::vector<float> metrics;      // [C, M]
  std::vector<int64_t> iteration;  // [C]
};

// Writes runs [first, first+count) shard by shard; shard k holds the ids
// [first + k * runs_per_shard, first + (k + 1) * runs_per_shard), less dropped ones. A folder that
// already holds a part of the same zoo is continued: `next_run()` says where. Same runs, same
// bytes, however often interrupted. One writer a folder at a time.
class ZooWriter {
 public:
  // Error when the folder holds another zoo (which key differs), has other content, cannot be
  // written, or a shard on disk is damaged. Every part of the description must be the same to
  // continue, `made_by` included, so that must not hold the time or the number of threads.
  ZooWriter(std::filesystem::path folder, ZooDescription description, int64_t runs,
            int64_t runs_per_shard, int64_t first_run = 0);
  ~ZooWriter();
  ZooWriter(const ZooWriter&) = delete;
  ZooWriter& operator=(const ZooWriter&) = delete;

  // The first run not yet on disk; runs after it that were appended are lost in a crash.
  int64_t next_run() const;
  // Runs must come in order of id from next_run() on, each exactly once. A run with NaN or infinity
  // (in parameters or metrics) or |θ| > 10 is dropped and counted. A full shard is written aside,
  // fsynced, renamed, then listed in zoo.json. Error (disk full): nothing listed is damaged.
  void append(Run run);
  // Marks the zoo complete; all runs must have been appended.
  void finish();
  int64_t dropped() const;

 private:
  void write_shard();

  std::filesystem::path folder_;
  std::unique_ptr<ZooIndex> index_;  // zoo.json as on disk
  std::vector<Run> open_shard_;
  std::vector<int64_t> open_dropped_;
};

// A zoo opened for reading: shards are mapped, nothing is loaded until asked for. Safe to read from
// several threads.
class Zoo {
 public:
  // Checks zoo.json, every shard's size, layout and header; not the hashes (see verify_zoo). Of
  // what is read from a larger zoo, about `resident` bytes stay in this process's memory; all may
  // stay in the system's cache.
  explicit Zoo(const std::filesystem::path& folder, uint64_t resident = uint64_t{256} << 20);

  const ZooDescription& description() const { return description_; }
  const std::filesystem::path& folder() const { return folder_; }
  bool complete() const { return complete_; }
  int64_t runs() const { return static_cast<int64_t>(run_ids_.size()); }  // R, without dropped ones
  int64_t dropped() const { return dropped_; }
  int64_t first_run() const { return first_run_; }  // the id at which the zoo's range begins
  int64_t checkpoints() const { return description_.checkpoints; }         // C
  int64_t parameters() const { return description_.layout.parameters(); }  // P
  int64_t run_id(int64_t r) const { return run_ids_[static_cast<size_t>(r)]; }
  std::vector<int64_t> runs_of(Split split) const;  // indices r, ascending
  uint64_t hash() const;                            // over the shards' hashes
  uint64_t bytes() const { return total_; }         // of all shards

  // Copies checkpoint c of run r, converted to float32, into out [P].
  void read(int64_t r, int64_t c, std::span<float> out) const;
  Run read_run(int64_t r) const;
  // The parameters [C, P] of run r as they lie in the file, numbers of description().dtype. Mapped
  // for this process alone (MappedFile).
  std::span<const std::byte> stored(int64_t r) const;
  std::span<const float> metrics(int64_t r) const;  // [C, M]
  float metric(int64_t r, int64_t c, int64_t m = 0) const;
  std::span<const int64_t> iterations(int64_t r) const;  // [C]
  size_t metric_index(std::string_view name) const;      // Error listing the names that exist

 private:
  struct Place {
    size_t shard;
    int64_t row;
  };
  // The tensors of one shard; views into its mapping.
  struct Shard {
    explicit Shard(const std::filesystem::path& path) : file(path) {}
    SafetensorsFile file;
    std::span<const std::byte> parameters;
    std::span<const float> metrics;
    std::span<const int64_t> iteration;
    uint64_t hash = 0;
  };
  void note_read(uint64_t bytes) const;
  const Shard& shard_of(int64_t r) const { return *shards_[places_[static_cast<size_t>(r)].shard]; }

  std::filesystem::path folder_;
  const HalfKernels& kernels_;
  ZooDescription description_;
  bool complete_ = false;
  int64_t dropped_ = 0, first_run_ = 0;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::vector<Place> places_;  // of run r
  std::vector<int64_t> run_ids_;
  uint64_t resident_, total_ = 0;
  mutable std::atomic<uint64_t> mapped_ = 0;  // bytes that reads may have mapped; small zoos: 0
};

}  // namespace saltus
