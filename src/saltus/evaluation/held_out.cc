#include <torch/torch.h>

#include "saltus/base/error.h"
#include "saltus/evaluation/sections.h"

namespace saltus {

std::optional<HeldOut> held_out_networks(const Bench& bench, int64_t count) {
  HeldOut held_out;
  if (!bench.inputs.optimisers.empty()) {
    held_out.source = "trained";
    held_out.start = bench.fresh(bench.config.scheme, count);
    Job job = bench.job;
    job.progress = [&bench](Progress progress) {
      progress.stage = "training held-out starts";
      bench.job.report(progress);
    };
    held_out.curve =
        bench.inputs.optimisers.front().train(held_out.start, bench.seed("train"), job);
    if (job.stopped()) return std::nullopt;
    if (held_out.curve.empty()) {
      fail("evaluate: training starts of scheme {}: expected a curve, found none",
           bench.config.scheme);
    }
    held_out.final = held_out.curve.back().theta;
    return held_out;
  }
  std::vector<int64_t> runs = bench.inputs.zoo.runs_of(Split::test);
  if (runs.empty()) return std::nullopt;
  if (static_cast<int64_t>(runs.size()) > count) runs.resize(static_cast<size_t>(count));
  held_out.source = "test split";
  held_out.start = bench.checkpoints(runs, 0);
  held_out.final = bench.checkpoints(runs, bench.inputs.zoo.checkpoints() - 1);
  return held_out;
}

}  // namespace saltus
