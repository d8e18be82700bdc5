// How the runs of a zoo are made, and the loop that makes them: lots over threads, written in
// order, to the same bytes however often interrupted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "saltus/base/job.h"
#include "saltus/zoo/zoo.h"

namespace saltus {

// Some runs, and the work behind them in the trainer's `work_unit`.
struct TrainedRuns {
  std::vector<Run> runs;
  int64_t work = 0;
};

// A kind of training, fully configured. Immutable: `train` is called on many threads at once.
class RunTrainer {
 public:
  virtual ~RunTrainer() = default;

  // What zoo.json says of the runs; the same for the same configuration.
  virtual ZooDescription description() const = 0;
  // Runs [k * lot_size, (k + 1) * lot_size) are best trained by one call; at least 1.
  virtual int64_t lot_size() const { return 1; }
  virtual std::string work_unit() const = 0;  // "env-steps": progress shows work a second

  // Runs [first_run, first_run + count), all of one lot, in order of id. A pure function of the
  // configuration and the ids: a run is the same whatever others are asked for with it. On the
  // calling thread alone. May return no runs at all once job.stopped(), and may report how much
  // of its work is done, in the work_unit.
  virtual TrainedRuns train(int64_t first_run, int64_t count, const Job& job) const = 0;
};

// Which runs a zoo holds: [first_run, first_run + runs).
struct ZooPlan {
  int64_t runs = 0;
  int64_t first_run = 0;
  int64_t runs_per_shard = 50;
};

// One of `count` parts of a zoo that are built apart, in no need of each other; index from 0.
struct ZooPart {
  int64_t index = 0;
  int64_t count = 1;
};

// The runs of one part: whole files, as equally many as possible, so that merge_zoos of all parts
// is the zoo built at once. Error when there are more parts than files.
ZooPlan plan_of_part(const ZooPlan& whole, const ZooPart& part);

// Builds the zoo in `folder`, one lot a thread at a time. A folder with a part of the same zoo is
// continued, to the same bytes as an uninterrupted build (on a GPU: up to rounding); Error when it
// holds another. Returns early when job.stop is set: whole shards are safe, the rest is done again
// next time. Returns the work of this call, in the trainer's work_unit.
int64_t build_zoo(const RunTrainer& trainer, const ZooPlan& plan,
                  const std::filesystem::path& folder, const Job& job);

}  // namespace saltus
