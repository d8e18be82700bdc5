// Updates of many start networks at once, once or repeatedly, measured on the way.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "saltus/generator/critic.h"
#include "saltus/generator/generator.h"
#include "saltus/task/task.h"

namespace saltus {

struct UpdateOptions {
  SamplerConfig sampler;
  int64_t samples = 1;       // updates of each start, with different noise
  int64_t repeat = 1;        // rounds: each starts from the last one's output
  bool keep_better = false;  // a round that does not improve the first metric is undone
  bool measure = true;       // the metrics after the last round
  int64_t effort = 128;      // EvaluateOptions::effort
  int64_t seed = 0;          // of noise and measurements
  int64_t candidates = 13;   // with a critic: samples to choose from
  double spread = 90;        // with a critic: their prompts differ by up to this
  // The samples are a walk: sample 0's noise of `seed`, turned evenly to that of this seed.
  std::optional<int64_t> walk_to;
};

// Row k = start * samples + sample, K in all; M metrics are the generator's.
struct UpdateRound {
  at::Tensor metric;     // [K, M] measured after the round, of what was kept; may be undefined
  at::Tensor predicted;  // [K] by the critic, of what it chose; undefined without one
};

struct UpdateOutcome {
  at::Tensor theta;                 // [K, P]
  at::Tensor start_metric;          // [K, M]
  std::vector<UpdateRound> rounds;  // `repeat`, fewer when the job was stopped
  double seconds_per_update = 0;    // sampling alone, one row and round
};

// The parts one below the other; a single one itself, which at::cat would copy.
at::Tensor joined_rows(const std::vector<at::Tensor>& parts);

// The place of the first metric that `prompt` gives: others are NaN. Results speak of it.
size_t first_prompted(const std::vector<double>& prompt);

// How rows are sampled where not by the generator itself, as of a server that puts the rows of
// several callers together. At most kUpdateBatch of them at once.
using SampleRows = std::function<ChosenUpdate(const UpdateRequest& rows)>;
inline constexpr int64_t kUpdateBatch = 256;  // fills the matrix products, takes little memory

// theta [N, P]; prompt, M values, NaN where a metric is not prompted; start_metric [N, M], or
// undefined: they are measured. `critic` may be null; so may `task`, where nothing is to be
// measured.
UpdateOutcome update_networks(const Generator& generator, const Task* task, Critic* critic,
                              const at::Tensor& theta, const std::vector<double>& prompt,
                              const at::Tensor& start_metric, const UpdateOptions& options,
                              const Job& job);
UpdateOutcome update_networks(const GeneratorDescription& description, const Task* task,
                              const SampleRows& sample, const at::Tensor& theta,
                              const std::vector<double>& prompt, const at::Tensor& start_metric,
                              const UpdateOptions& options, const Job& job);

}  // namespace saltus
