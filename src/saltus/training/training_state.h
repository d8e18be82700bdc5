// Everything an exact resume needs, in one file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "saltus/base/options.h"
#include "saltus/generator/critic.h"
#include "saltus/training/optimizer.h"

namespace saltus {

// Progress beside the optimiser's buffers. Random numbers need no state: streams are keyed by step.
struct TrainingState {
  int64_t step = 0;
  double best_validation = 1e300;
  double seconds = 0;             // spent so far, over all calls
  double validation_seconds = 0;  // of them, between the steps
  double critic_seconds = 0;      // of training the critic, before the first step
  std::string metrics_lines;      // metrics.jsonl up to this step
};

// Writes state, buffers and, where there is one, the critic, atomically.
void save_state(const std::filesystem::path& file, const Json& identity, const TrainingState& state,
                const AdamW& optimizer, const Critic* critic);

// Restores them; nothing when the file does not exist. Error naming the key when the file belongs
// to another configuration or zoo (`identity` differs).
std::optional<TrainingState> load_state(const std::filesystem::path& file, const Json& identity,
                                        AdamW& optimizer, Critic* critic);

}  // namespace saltus
