// Imports the runs of a source into a zoo, run by run.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "saltus/base/job.h"
#include "saltus/exchange/metric_choice.h"
#include "saltus/exchange/run_source.h"
#include "saltus/network/architecture.h"
#include "saltus/zoo/zoo.h"

namespace saltus {

// Measures networks whose checkpoints say nothing of how good they are.
struct Measuring {
  std::vector<Metric> metrics;  // M
  // theta [C, P], the checkpoints of a run -> out [C, M]. Called for one run after another.
  std::function<void(std::span<const float> theta, std::span<float> out)> measure;
};

struct ImportOptions {
  std::string task = "imported";  // a name of this program's tasks, or any other
  // The networks, where they are known; null: a state_dict network of the source's tensors.
  std::shared_ptr<const Architecture> architecture;
  std::optional<Layout> layout;       // names and shapes for a source that has numbers alone
  std::optional<Symmetry> symmetry;   // instead of what infer_symmetry says
  std::vector<MetricChoice> metrics;  // to keep, the first conditions a generator; empty: all
  std::shared_ptr<const Measuring> measuring;  // instead of the source's metrics; may be null
  int64_t checkpoints = 0;                     // a run; 0: as many as nine runs in ten have
  Dtype dtype = Dtype::F32;                    // of the zoo's parameters
};

// What an import will do, known before any parameters but the first are read.
struct ImportPlan {
  ZooDescription description;
  std::vector<size_t> runs;     // of the source; places are the zoo's run ids
  std::vector<size_t> columns;  // of the source's metrics; none when networks are measured
  std::shared_ptr<const Measuring> measuring;
  std::vector<LeftOut> left_out;  // runs, and what the source left out
  int64_t runs_per_shard = 1;     // the writer holds a shard about three times over
  std::string symmetry_note;      // where the symmetry comes from, or why there is none
};

// Runs with fewer checkpoints than the zoo has are left out; of runs with more, checkpoints spread
// evenly from the first to the last are kept. Error when nothing is left, when fewer than two
// checkpoints are, and for metrics that the source does not have.
ImportPlan plan_import(const RunSource& source, const ImportOptions& options);

// The plan for a person to confirm: runs, tensors with their units, metrics, what is left out.
std::string describe_plan(const RunSource& source, const ImportPlan& plan);

// What became of a run that the zoo does not hold.
struct DroppedRun {
  int64_t id = 0;
  std::string name, why;
};

// Writes the zoo and, beside it, import.json: the runs' names by id, those dropped (unreadable,
// values that are no numbers or beyond 10) with the reason, and what was left out. A folder with a
// part of the same import is continued. Holds no more than a shard's and a few runs' parameters.
// Returns early when job.stopped().
std::vector<DroppedRun> import_runs(const RunSource& source, const ImportPlan& plan,
                                    const std::filesystem::path& folder, const Job& job);

}  // namespace saltus
