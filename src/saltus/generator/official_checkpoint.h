// Reads the model files of the reference implementation (and best.pt, NNNN.pt of its training
// runs): a zip archive of a pickle and raw storages with the generator, its average and its
// optimiser. The pickle is decoded by a restricted reader of our own; nothing in it is executed.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "saltus/formats/torch_archive.h"
#include "saltus/generator/paper_denoiser.h"

namespace saltus {

using StateDict = std::vector<std::pair<std::string, at::Tensor>>;  // in the file's order

// State of one parameter in the file's optimiser, which numbers parameters by: names of those that
// decay in string order ("10" before "2"), then the others.
struct OfficialMoments {
  int64_t step = 0;
  at::Tensor exp_avg, exp_avg_sq;
};

class OfficialCheckpoint {
 public:
  // Error (path, what) when the file is no such archive or holds anything but plain data. Numbers
  // are read, and their checksums tested, only when asked for.
  explicit OfficialCheckpoint(const std::filesystem::path& path);

  // "G" (trained weights) or "G_ema" (their average, what sampling uses): name -> float32 copy.
  StateDict state_dict(const std::string& which) const;
  bool has_optimiser() const;
  std::vector<OfficialMoments> moments() const;  // by the optimiser's index
  double learning_rate() const;

 private:
  at::Tensor read(const PickleTensor& tensor, const std::string& name) const;
  const PickleValue& member(const PickleValue& dictionary, std::string_view key) const;
  const PickleDictionary& dictionary(const PickleValue& value, std::string_view what) const;

  TorchArchive archive_;
};

// `config` with the sizes of a generator that its state_dict reveals: width, layers, frequencies.
// The heads and the coefficient are in no file: config's are kept.
PaperConfig config_of_state_dict(const StateDict& state, PaperConfig config);

// The split policies, with the sizes of tokens, that give the generator's input weights their sizes
// over networks whose tensors have `parameters` numbers each; empty when none does.
std::vector<ChunkTokens> tokens_of_state_dict(const StateDict& state,
                                              const std::vector<int64_t>& parameters);

// A generator of config_of_state_dict's sizes. The split policy is checked: Error unless `config`'s
// tokens over `parameters` have the sizes of the weights.
std::shared_ptr<PaperDenoiser> denoiser_from_state_dict(const StateDict& state, PaperConfig config,
                                                        const std::vector<int64_t>& parameters);

}  // namespace saltus
