// One workload measured against its peers and the machine, and how that is told.
#pragma once

#include <string>
#include <vector>

#include "bench/workload.h"
#include "saltus/base/job.h"
#include "saltus/benchmark/peaks.h"

namespace saltus {

struct BenchOptions {
  bool brief = false;
  bool peers = true;
  int64_t repeats = 3;
  std::filesystem::path python, scratch;
};

// Rates in units of work a second, over repeats.
struct Rate {
  double median = 0, low = 0, high = 0;
  double score = 0;  // of the last repeat
};

struct PeerResult {
  Peer peer;
  Rate rate;
  double ratio = 0;     // of our median to its
  std::string failure;  // why there is neither; "": there are
};

struct BenchResult {
  Workload workload;
  Rate rate;
  double flops = 0;  // a second, of what LibTorch's products and convolutions did
  double share = 0;  // of the workload's peak; 0: no peak
  std::vector<PeerResult> peers;
};

// Warms the path up, counting its operations, then measures it and its peers in turn, in an order
// that changes at random, so that a slow minute of the machine falls on all of them. A peer that
// fails says so in the result.
BenchResult compare(const Workload& workload, const Peaks& peaks, const BenchOptions& options,
                    const Job& job);

// A few lines for people.
std::string describe(const BenchResult& result);
std::string describe(const Peaks& peaks);

// {"peaks", "workloads", "ratios": {NAME: {"value", "target", "met"}}}
Json to_json(const Peaks& peaks, const std::vector<BenchResult>& results);

}  // namespace saltus
