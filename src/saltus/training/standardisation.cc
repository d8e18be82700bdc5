#include "saltus/training/standardisation.h"

#include <algorithm>

#include "saltus/training/checkpoints.h"

namespace saltus {
namespace {

constexpr int64_t kStatisticsNetworks = 1000;
constexpr int64_t kStatisticsInputs = 20000;
constexpr double kPaperDeviation = 0.538;  // of the scaled parameters, as in the reference

// Parameters of up to kStatisticsNetworks checkpoints of the runs, [n, P]; checkpoint < 0: any.
at::Tensor sample_checkpoints(const Zoo& zoo, const std::vector<int64_t>& runs, int64_t checkpoint,
                              RandomStream random) {
  const auto count = std::min<int64_t>(kStatisticsNetworks, static_cast<int64_t>(runs.size()));
  const int64_t rows = checkpoint < 0 ? kStatisticsNetworks : count;
  std::vector<CheckpointId> which;
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t run =
        checkpoint < 0 ? runs[random.below(runs.size())] : runs[static_cast<size_t>(i)];
    const auto c =
        checkpoint < 0
            ? static_cast<int64_t>(random.below(static_cast<uint64_t>(zoo.checkpoints())))
            : checkpoint;
    which.push_back({run, c});
  }
  return read_checkpoints(zoo, which);
}

}  // namespace

void set_statistics(NeuralGraphDenoiser& denoiser, const Zoo& zoo, const Probes& probes,
                    uint64_t seed) {
  const std::vector<int64_t> runs = zoo.runs_of(Split::train);
  const RandomStream random(seed, "training.statistics");
  RandomStream inputs(seed, "training.inputs");
  denoiser.set_statistics(
      {.first = sample_checkpoints(zoo, runs, 0, random),
       .last = sample_checkpoints(zoo, runs, zoo.checkpoints() - 1, random),
       .any = sample_checkpoints(zoo, runs, -1, random),
       .inputs = probes.draw ? probes.draw(kStatisticsInputs, inputs) : at::Tensor()});
}

double paper_coefficient(const Zoo& zoo, uint64_t seed) {
  const RandomStream random(seed, "training.statistics");
  const at::Tensor any = sample_checkpoints(zoo, zoo.runs_of(Split::train), -1, random);
  return kPaperDeviation / any.std().item<double>();
}

}  // namespace saltus
