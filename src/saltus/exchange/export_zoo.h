// Takes networks out of a zoo, in the formats of other tools.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "saltus/base/job.h"
#include "saltus/zoo/zoo.h"

namespace saltus {

struct ExportOptions {
  std::string format = "safetensors";  // see written_formats()
  std::optional<int64_t> run;          // its id; nothing: all runs
  // Of each run: its place, from the end where negative (-1: the last); nothing: all.
  std::optional<int64_t> checkpoint;
  std::string table = "csv";  // of the metrics: csv or parquet
};

// Writes FOLDER/run{run}/step{iteration}.FORMAT, a state_dict each, and the metrics of what was
// written to FOLDER/metrics.csv (which `saltus zoo import` reads back) or metrics.parquet, with
// columns file, run, iteration and one a metric. Files of the same names are replaced. Returns the
// number of networks; returns early when job.stopped(). Error for a run or checkpoint that the zoo
// does not have.
int64_t export_zoo(const Zoo& zoo, const ExportOptions& options,
                   const std::filesystem::path& folder, const Job& job);

}  // namespace saltus
