// Where imported runs come from: their list is known at once, their parameters are read one
// checkpoint at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "saltus/base/job.h"
#include "saltus/network/layout.h"

namespace saltus {

struct SourceCheckpoint {
  int64_t iteration = 0;
  std::vector<double> metrics;  // in the order of the source's metrics; NaN where it has none
};

struct SourceRun {
  std::string name;
  std::vector<SourceCheckpoint> checkpoints;  // iterations rising
};

// Something of the source that is left out, and why.
struct LeftOut {
  std::string what, why;
};

class RunSource {
 public:
  virtual ~RunSource() = default;

  // What it is, without the path, which is one machine's: "files {run}/{iteration}.pt". A zoo
  // records it.
  virtual std::string kind() const = 0;
  virtual const std::vector<std::string>& metrics() const = 0;
  virtual const std::vector<SourceRun>& runs() const = 0;  // in natural order of their names
  // Files and entries that are no checkpoint of any run.
  virtual const std::vector<LeftOut>& left_out() const = 0;
  // The tensors of a checkpoint as the source has them, in its order.
  virtual Layout layout() const = 0;
  // Copies the parameters of some checkpoints of a run, as float32, to theta [C, P] in the order of
  // `layout`, whose tensors must be this source's, or its numbers where the source has no tensors
  // of its own. Error (where, what) when one cannot be read or does not fit. From any thread.
  virtual void read(size_t run, std::span<const size_t> checkpoints, const Layout& layout,
                    std::span<float> theta) const = 0;
};

struct FolderSourceOptions {
  std::filesystem::path folder;
  std::string pattern;          // see path_pattern.h; empty: "{run}/*{iteration}.*"
  std::filesystem::path table;  // see metric_table.h; empty: none
  std::string key;              // of the state_dict in files of torch.save; see torch_archive.h
  std::vector<std::string> metrics;  // wanted; those that neither path nor table has are looked
                                     // for among the files' own numbers
  std::vector<std::string> exclude;  // tensors that are no parameters: their names
  bool measured = false;             // the networks will be: that there are no metrics is no error
};

// A folder tree of checkpoint files. All files are opened at once only when metrics are in the
// files. Error when no file matches, and when there are no metrics.
std::unique_ptr<RunSource> open_folder_source(const FolderSourceOptions& options, const Job& job);

struct StackedSourceOptions {
  std::filesystem::path file;
  std::filesystem::path table;
  std::string key;
  std::vector<int64_t> shape;  // of a file that is numbers alone: [R, C, P]; empty: it says itself
  std::string dtype = "F16";   // of such a file
  bool measured = false;       // as above
};

// One file with all runs: a tensor "parameters" [R, C, P] (the only one of three axes is taken,
// whatever its name), or one tensor [R, C, ...] for each of the network's. Metrics are tensors [R,
// C] of floats, and columns of the table; "iteration" [R, C] or [C] is optional: 0, 1, 2, ...
// without it. Runs are called 0, 1, 2, ... With `shape`, the file is a plain array in row-major
// order, as numpy.memmap writes it.
std::unique_ptr<RunSource> open_stacked_source(const StackedSourceOptions& options);

// A folder of the reference implementation's LMDB sets: one folder a run with data.mdb and
// runs.json, or merged ones.
std::unique_ptr<RunSource> open_lmdb_source(const std::filesystem::path& folder);
bool is_lmdb_source(const std::filesystem::path& path);

}  // namespace saltus
