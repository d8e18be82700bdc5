#include <torch/torch.h>

#include "saltus/base/error.h"
#include "saltus/evaluation/sections.h"

namespace saltus {

std::optional<HeldOut> held_out_networks(const Bench& bench, int64_t count) {
  HeldOut held_out;
  if (bench.inputs.train) {
    held_out.source = "trained";
    held_out.start = bench.fresh(bench.config.scheme, count);
    Meter meter(bench.job, "training held-out starts", count);
    std::vector<at::Tensor> finals;
    for (int64_t k = 0; k < count; ++k) {
      const float* row = held_out.start.data_ptr<float>() + k * held_out.start.size(1);
      held_out.curves.push_back(bench.inputs.train(
          std::vector<float>(row, row + held_out.start.size(1)), bench.seed("train", k)));
      if (held_out.curves.back().empty()) {
        fail("evaluate: training start {} of scheme {}: expected a curve, found none", k,
             bench.config.scheme);
      }
      finals.push_back(at::tensor(held_out.curves.back().back().theta));
      meter.advance(1);
    }
    held_out.final = at::stack(finals);
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
