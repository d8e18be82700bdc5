// A workload of `saltus bench`: what is measured, and against what; one YAML file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "saltus/base/options.h"

namespace saltus {

// The same work done without Saltus: one variant of the workload's peer script.
struct Peer {
  std::string name;
  double aim = 0;  // how many times its rate ours should be
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
  std::vector<std::string> arguments;                         // path start: of saltus
  std::string peak;         // of saltus/benchmark/peaks.h; "": of none
  double peak_share = 0;    // of that, the aim
  std::string peer_script;  // bench/peers/NAME.py
  std::vector<Peer> peers;

  bool counts_bytes() const { return unit == "bytes"; }
};

// Error with file, line and key for what it does not understand.
Workload read_workload(const std::filesystem::path& file);

}  // namespace saltus
