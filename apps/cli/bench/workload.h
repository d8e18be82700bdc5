// A workload of `saltus bench`: what is measured, and against what; one YAML file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "saltus/base/options.h"

namespace saltus {

struct Workload;

// The same work done otherwise: without Saltus, by a variant of the workload's peer script, or by
// Saltus as another workload says.
struct Peer {
  std::string name;                          // of the variant or the workload
  double aim = 0;                            // how many times its rate ours should be
  std::shared_ptr<const Workload> workload;  // none: a variant of the script
};

struct Workload {
  std::string name;                     // of the file
  std::string what;                     // one line for people
  std::string path = "zoo";             // which of bench/paths.h
  std::string unit;                     // of work
  std::string config;                   // configuration file that the options below change; or ""
  std::vector<std::string> population;  // key=value of saltus zoo build
  std::vector<std::string> training;    // key=value of saltus train
  std::vector<std::string> brief_population, brief_training;  // further, with --brief
  int64_t networks = 256;                                     // paths scores, updates: in a batch
  int64_t evaluations = 1;                                    // path updates: of the generator
  int64_t processes = 1;               // path training: started by mpirun where more than one
  double gigabytes = 20;               // path large: of zoo
  double brief_gigabytes = 0.1;        // the same, with --brief
  std::vector<std::string> arguments;  // path start: of saltus
  std::string peak;                    // of saltus/benchmark/peaks.h; "": of none
  double peak_share = 0;               // of that, the aim
  double score_below = 0;              // the aim for the score; 0: none
  std::string peer_script;             // bench/peers/NAME.py
  std::vector<Peer> peers;

  bool counts_bytes() const { return unit == "bytes"; }
};

// Error with file, line and key for what it does not understand.
Workload read_workload(const std::filesystem::path& file);

}  // namespace saltus
