// What `saltus update` leaves behind and prints.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saltus/workflow/updating.h"
#include "start_networks.h"

namespace saltus {

struct UpdateRecord {
  const Generator& generator;
  const std::filesystem::path& model;
  const std::vector<StartNetwork>& starts;
  const std::vector<double>& prompt;
  const UpdateOptions& options;
  const std::string& format;  // of the files; see written_formats()
  const UpdateOutcome& outcome;
};

// Writes START-SAMPLE.FORMAT for each row, with where it came from in its metadata (of safetensors
// alone), then update.json (all rows) and config.yaml (the resolved options).
void write_update(const UpdateRecord& record, const std::filesystem::path& folder);

// One line a network (the first 24) and a summary, of the first metric.
std::string update_table(const UpdateRecord& record);

}  // namespace saltus
